from warm import transform

CONFIG = {"warm": 20}


def test_a_warm_reading_has_fahrenheit_too():
    row = transform({"sensor": "roof", "celsius": 25.0}, CONFIG)
    assert row == {"sensor": "roof", "celsius": 25.0, "fahrenheit": 77.0}


def test_others_are_left_out():
    assert transform({"sensor": "cellar", "celsius": 12.5}, CONFIG) is None
    assert transform({"sensor": "garden", "celsius": None}, CONFIG) is None
