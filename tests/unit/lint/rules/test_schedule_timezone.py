from deployer.lint.rules.schedule_timezone import load_time_zones


def test_time_zones_are_those_of_the_iana_list() -> None:
    assert {"Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "Asia/Kolkata"} <= load_time_zones().keys()
    assert {"CEST", "europe/berlin", "UTC+2", "", ".."}.isdisjoint(load_time_zones())
