pytest_plugins = ["deployer.testing.plugin"]
