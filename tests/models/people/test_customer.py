"""What is said of a customer."""

from models.people.customer import address_line


def test_an_address_says_what_is_known_and_nothing_in_its_place() -> None:
    assert address_line("Feldweg 3", "10999", "Berlin") == "Feldweg 3, 10999 Berlin"
    assert address_line("31 rue Mballa", "", "Yaoundé") == "31 rue Mballa, Yaoundé"
    assert address_line(None, None, "Berlin") == "Berlin"
    assert address_line(None, None, None) is None
