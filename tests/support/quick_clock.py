"""Waits that cost a hundredth of their time; `monkeypatch.setattr("deployer.cli.dispatch.Clock", QuickClock)`."""

from deployer.testing.quick_clock import QuickClock, quick

__all__ = ["QuickClock", "quick"]
