from __future__ import annotations

import pytest

from core.identity.passwords import common_passwords, is_common, objections


@pytest.fixture(autouse=True)
def context(app):
    with app.app_context():
        yield


def test_ten_thousand_common_passwords_are_known():
    assert len(common_passwords()) >= 9_990
    assert {"password", "123456", "qwerty"} <= common_passwords()


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password!Password!",
        "password123456789",
        "P-a-s-s-w-o-r-d-1-2-3-4-5",
        "iloveyouiloveyou2026",
        "monkeydragonmaster1",
        "aaaaaaaaaaaaaaaaaaaa",
        "!!!!!!!!!!!!!!!!!!!!",
        "abcabcabcabcabcabc",
        "123456789012345678",
        "qwertyuiopasdfgh",
        "zyxwvutsrqponmlk",
        "pássword pássword",
    ],
)
def test_what_many_use_or_pad_or_repeat_is_refused(password):
    assert is_common(password)
    assert objections(password)


@pytest.mark.parametrize(
    "password",
    [
        "seven quiet herons by the river",
        "correct horse battery staple",
        "Бродот плови низ реката",
        "مركب أزرق فوق نهر هادئ",
        "xK9#mQ2$vL7!pR4wz",
        "dragon summer baseball coffee",
        "   " + "leading spaces count" + "   ",
    ],
)
def test_what_nobody_guesses_is_taken(password):
    assert objections(password, "Mira Guest", "mira@alva.example") == []


@pytest.mark.parametrize(("length", "fine"), [(14, False), (15, True), (256, True), (257, False)])
def test_fifteen_characters_at_least_and_256_at_most(length, fine):
    text = "the lamp near seven old boats was painted green by somebody who left in june " * 4
    assert (objections(text[:length].replace(" ", "x") if fine else text[:length]) == []) is fine


@pytest.mark.parametrize(
    "password",
    [
        "mira.guest@alva.example",
        "MiraGuestMiraGuest",
        "guest mira 1987 mira",
        "alva.example mira!!",
    ],
)
def test_ones_own_name_and_address_are_refused(password):
    assert objections(password, "Mira Guest", "mira.guest@alva.example")


def test_nothing_asks_for_certain_characters():
    assert objections("only small letters in here") == []
