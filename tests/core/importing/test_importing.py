"""A spreadsheet becomes records: matched by a person, looked at first, all or nothing, and twice is as once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.database import db
from core.identity.models import Organisation
from core.importing.reading import Grid
from core.importing.services import KeptFile
from core.permissions import Role
from core.testing.app import World
from plugins.activities.permissions import MAY_LOG

from .conftest import MINISTRY, Desk, book, ministry

Sit = Callable[..., Desk]


def organisations(world: World) -> dict[str, Organisation]:
    with world.in_city("alva"):
        return {one.sort_key: one for one in db.session.query(Organisation).all()}


def test_the_ministrys_file_becomes_organisations(world: World, desk: Sit) -> None:
    office = desk()
    assert office.send(ministry(), "партнери.csv").status_code == 303
    chosen = office.chosen()
    assert [chosen[f"column-{number}"] for number in range(7)] == [
        "", "name_mk", "name_sq", "sector", "contact_name", "contact_phone", "contact_email",
    ]  # fmt: skip
    assert office.match().status_code == 303
    assert office.counts() == {"create": 3, "skip": 1}
    assert office.confirm().status_code == 303
    with world.in_city("alva"):
        found = db.session.query(Organisation).order_by(Organisation.sort_key).all()
        made = {one.names["mk"]: one for one in found if "mk" in one.names}
    assert set(made) == {"ООУ „Бели мугри“", "Здружение „Мост“", "Центар за млади"}
    bridge = made["Здружение „Мост“"]
    assert bridge.names["sq"] == "Shoqata „Ura“"
    assert (bridge.sector, bridge.contact_name, bridge.contact_phone, bridge.contact_email) == (
        "civil_society", "Агим Пример", "02/3123-456", "most@alva.example",
    )  # fmt: skip


def test_the_same_file_again_changes_nothing(world: World, desk: Sit) -> None:
    office = desk()
    office.look(ministry())
    office.confirm()
    assert office.look(ministry()) == {"unchanged": 3, "skip": 1}
    text = office.preview()
    assert "There is nothing to import" in text
    assert "Import all of it" not in text


def test_what_the_file_changed_is_changed_and_what_it_leaves_empty_stays(
    world: World, desk: Sit
) -> None:
    office = desk()
    office.look(ministry())
    office.confirm()
    later = MINISTRY.replace("070 123 456", "").replace("02/3123-456", "02/3123-999")
    assert office.look(ministry(later)) == {"change": 1, "unchanged": 2, "skip": 1}
    assert "02/3123-456" in office.preview("change")
    office.confirm()
    phones = {one.contact_phone for one in organisations(world).values()}
    assert {"070 123 456", "02/3123-999"} <= phones


def test_what_people_changed_here_since_is_kept_and_said(world: World, desk: Sit) -> None:
    office = desk()
    office.look(ministry())
    office.confirm()
    with world.in_city("alva"):
        bridge = db.session.query(Organisation).filter_by(contact_phone="02/3123-456").one()
        bridge.contact_phone = "02/3000-000"
        db.session.commit()
    assert office.look(ministry()) == {"unchanged": 3, "skip": 1}
    later = MINISTRY.replace("02/3123-456", "02/3123-999").replace("Агим Пример", "Агим Нов")
    assert office.look(ministry(later)) == {"change": 1, "unchanged": 2, "skip": 1}
    assert "Changed here since the last import, so it stays: Telephone." in office.preview("change")
    office.confirm()
    bridge = next(one for one in organisations(world).values() if one.contact_name == "Агим Нов")
    assert bridge.contact_phone == "02/3000-000"


def test_refused_rows_hold_up_everything_until_somebody_leaves_them_out(
    world: World, desk: Sit
) -> None:
    office = desk()
    broken = ministry(MINISTRY.replace("most@alva.example", "не знам"))
    assert office.look(broken) == {"create": 2, "refuse": 1, "skip": 1}
    text = office.preview("refuse")
    assert "E-mail address: this is not an e-mail address." in text
    assert "Import all of it" not in text
    before = len(organisations(world))
    office.confirm()
    assert len(organisations(world)) == before
    office.confirm(leave_out="yes")
    assert len(organisations(world)) == before + 2


def test_refused_rows_come_back_with_their_reasons(world: World, desk: Sit) -> None:
    office = desk()
    office.look(ministry(MINISTRY.replace("most@alva.example", "=1+1")))
    answer = office.client.get(f"{office.here}/refused.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    text = answer.data.decode("utf-8-sig")
    assert "Здружение „Мост“" in text
    assert "Бели мугри" not in text
    assert "this is not an e-mail address" in text
    assert "'=1+1" in text


def test_a_matching_is_remembered_also_for_part_of_the_headings(world: World, desk: Sit) -> None:
    office = desk()
    first = "Рубрика 9;Белешка 7\nЦентар Сонце;Работи со млади\n"
    office.send(first.encode())
    assert set(office.chosen().values()) - {"other"} == {""}
    assert office.match(column__0="name_mk", column__1="about").status_code == 303
    office.send("Белешка 7;Нешто друго;Рубрика 9\nа;б;в\n".encode())
    chosen = office.chosen()
    assert [chosen[f"column-{number}"] for number in range(3)] == ["about", "", "name_mk"]


def test_a_matching_of_another_city_is_not_remembered_here(world: World, desk: Sit) -> None:
    office = desk()
    data = "Рубрика 9\nЦентар Сонце\n".encode()
    office.send(data)
    office.match(column__0="name_mk")
    other = desk(city="bruma")
    other.send(data)
    assert other.chosen()["column-0"] == ""


def test_words_nobody_knows_are_asked_once_and_remembered(world: World, desk: Sit) -> None:
    office = desk()
    data = "Назив;Сектор\nЦентар Сонце;Енигма\nЦентар Река;енигма\n".encode()
    office.send(data)
    text = office.columns()
    asked = [name for name in office.chosen(text) if name.startswith("word-sector-")]
    assert len(asked) == 1
    assert office.match(**{asked[0].replace("-", "__"): "youth_work"}).status_code == 303
    assert office.counts() == {"create": 2}
    office.confirm()
    assert {one.sector for one in organisations(world).values() if "mk" in one.names} == {
        "youth_work"
    }
    office.send(data)
    assert office.chosen()[asked[0]] == "youth_work"


def test_a_word_that_nobody_explains_refuses_its_rows(world: World, desk: Sit) -> None:
    office = desk()
    data = "Назив;Сектор\nЦентар Сонце;Енигма\nЦентар Река;Образование\n".encode()
    assert office.look(data) == {"refuse": 1, "create": 1}
    assert "nobody has said what “Енигма” means" in office.preview("refuse")


def test_new_words_are_asked_before_the_preview(world: World, desk: Sit) -> None:
    office = desk()
    office.send("Назив;Нешто 9\nЦентар Сонце;Енигма\n".encode())
    data = office.chosen() | {"column-1": "sector"}
    answer = office.client.post(f"{office.here}/columns", data=data)
    assert answer.status_code == 422
    assert "Some words are not known here." in answer.text


def test_one_column_cannot_be_two_things(world: World, desk: Sit) -> None:
    office = desk()
    office.send("Назив;Телефон\nЦентар Сонце;070 111 222\n".encode())
    answer = office.match(column__1="name_mk")
    assert answer.status_code == 422
    assert "Leave one of them out." in answer.text


def test_something_changed_between_looking_and_confirming(world: World, desk: Sit) -> None:
    office, other = desk(), desk()
    office.look(ministry())
    other.look(ministry(), "same.csv")
    other.confirm()
    before = len(organisations(world))
    answer = office.confirm()
    assert answer.location == office.here
    assert len(organisations(world)) == before
    assert office.counts() == {"unchanged": 3, "skip": 1}


def test_a_row_that_repeats_another_is_refused(world: World, desk: Sit) -> None:
    office = desk()
    data = "Назив;Сектор\nЦентар Сонце;Млади\nЦЕНТАР СОНЦЕ;Млади\n".encode()
    assert office.look(data) == {"create": 1, "refuse": 1}
    assert "Line 2 says the same already." in office.preview("refuse")


def test_a_reference_finds_a_record_that_has_another_name_now(world: World, desk: Sit) -> None:
    office = desk()
    office.look("Шифра;Назив\nA-1;Центар Сонце\n".encode())
    office.confirm()
    assert office.look("Шифра;Назив\nA-1;Центар Месечина\n".encode()) == {"change": 1}
    office.confirm()
    names = {one.names.get("mk") for one in organisations(world).values()}
    assert "Центар Месечина" in names
    assert "Центар Сонце" not in names


def test_another_encoding_can_be_chosen_and_shows_at_once(world: World, desk: Sit) -> None:
    office = desk()
    office.send("Назив;Телефон\nЦентар Сонце;070 111 222\n".encode("cp1251"))
    assert "Центар Сонце" in office.columns()
    here = f"{office.here}/reading"
    office.client.post(
        here, data={"encoding": "cp1250", "separator": ";", "first": "0", "lines": "1"}
    )
    assert "Центар Сонце" not in office.columns()
    office.client.post(
        here, data={"encoding": "cp1251", "separator": ";", "first": "0", "lines": "1"}
    )
    assert "Центар Сонце" in office.columns()


def test_the_heading_can_be_moved(world: World, desk: Sit) -> None:
    office = desk()
    office.send("Список;Телефон\nа;б\nИме на друштво;Тел\nЦентар Сонце;070 111 222\n".encode())
    office.client.post(
        f"{office.here}/reading",
        data={"encoding": "utf-8", "separator": ";", "first": "2", "lines": "1"},
    )
    text = office.columns()
    assert "Име на друштво" in text
    assert "1 row" in text


def test_an_empty_spreadsheet_filled_in_comes_back_matched(world: World, desk: Sit) -> None:
    import io

    from openpyxl import load_workbook

    office = desk()
    answer = office.client.get(f"{office.base}/template.xlsx")
    filled = load_workbook(io.BytesIO(answer.data))
    sheet = filled.worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    sheet.cell(2, headings.index("Sector") + 1, "Youth work")
    sheet.cell(2, 1, "Центар Сонце")
    sheet.cell(2, headings.index("Telephone") + 1, "070123456")
    stream = io.BytesIO()
    filled.save(stream)
    office.send(stream.getvalue(), "filled.xlsx")
    chosen = office.chosen()
    assert all(chosen[f"column-{number}"] for number in range(len(headings)))
    office.match()
    assert office.counts() == {"create": 1}


def test_a_file_is_forgotten_after_a_day(world: World, desk: Sit) -> None:
    from datetime import timedelta

    from core.database import utcnow
    from core.importing.models import PendingTable
    from core.importing.services import forget_old

    office = desk()
    office.look(ministry())
    with world.in_city("alva"):
        pending = db.session.query(PendingTable).one()
        pending.expires_at = utcnow() - timedelta(minutes=1)
        db.session.commit()
    assert office.client.get(office.here).status_code == 404
    assert office.confirm().status_code == 303
    with world.in_city("alva"):
        assert forget_old() == 1


def test_nobody_sees_the_file_of_another(world: World, desk: Sit) -> None:
    office = desk()
    office.look(ministry())
    for somebody in (desk(role=Role.CITY_ADMINISTRATOR), desk(city="bruma")):
        for address in (office.here, f"{office.here}/columns", f"{office.here}/refused.csv"):
            assert somebody.client.get(address).status_code == 404


@pytest.mark.parametrize("kind", ["organisations", "people", "activities"])
@pytest.mark.parametrize("role", list(Role))
def test_who_may_import_what(desk: Sit, kind: str, role: Role) -> None:
    managers = {Role.FOCAL_POINT, Role.CITY_ADMINISTRATOR}
    may = role in (MAY_LOG if kind == "activities" else managers)
    office = desk(kind, role)
    assert office.client.get(office.base).status_code == (200 if may else 404)
    assert office.client.get(f"{office.base}/template.xlsx").status_code == (200 if may else 404)
    assert office.send(b"Name\nSomebody\n").status_code == (303 if may else 404)


def test_what_no_table_is_called_is_not_there(desk: Sit) -> None:
    office = desk("donations")
    assert office.client.get(office.base).status_code == 404


def test_refused_rows_are_not_there_once_the_file_is_read_anew(desk: Sit) -> None:
    office = desk()
    assert office.look(b"Name;Website\nSomebody;no address\n")["refuse"] == 1
    read_anew = office.client.post(f"{office.here}/reading", data={"separator": ","})
    assert read_anew.status_code == 303
    assert office.client.get(f"{office.here}/refused.csv").status_code == 404


def reading_is_followed_by(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """What happens in another window while a file is read."""
    read = KeptFile.read

    def first_read(kept: KeptFile) -> Grid:
        grid = read(kept)
        monkeypatch.setattr(KeptFile, "read", read)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(act).result()
        return grid

    monkeypatch.setattr(KeptFile, "read", first_read)


def test_confirming_what_is_read_anew_at_the_same_moment_writes_nothing(
    world: World, desk: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = desk()
    office.look(ministry())
    before = len(organisations(world))
    reading_is_followed_by(
        monkeypatch,
        lambda: office.client.post(f"{office.here}/reading", data={"separator": ","}),
    )
    answer = office.confirm()
    assert (answer.status_code, answer.location) == (303, office.here)
    assert len(organisations(world)) == before


def test_columns_matched_while_the_file_is_read_anew_are_asked_for_again(
    desk: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = desk()
    office.send(ministry())
    chosen = office.chosen()
    reading_is_followed_by(
        monkeypatch,
        lambda: office.client.post(f"{office.here}/reading", data={"separator": ","}),
    )
    answer = office.client.post(f"{office.here}/columns", data=chosen)
    assert (answer.status_code, answer.location) == (303, f"{office.here}/columns")


def test_confirming_twice_at_the_same_moment_says_that_it_is_done(
    world: World, desk: Sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = desk()
    office.look(ministry())
    reading_is_followed_by(monkeypatch, office.confirm)
    answer = office.confirm()
    assert answer.status_code == 303
    assert "This import is finished already" in office.client.get(answer.location).text


def test_a_file_is_called_whatever_its_sender_calls_it(desk: Sit) -> None:
    office = desk()
    assert office.send(b"Name\nSomebody\n", "a\x00b\u202ec.csv").status_code == 303
    assert "abc.csv" in office.columns().replace("\u202e", "")


def test_what_somebody_writes_at_the_end_of_a_long_text_meanwhile_is_not_overwritten(
    world: World, desk: Sit
) -> None:
    office = desk()
    long = "All day long it helps. " * 20

    def write(text: str) -> None:
        with world.in_city("alva"):
            db.session.query(Organisation).filter_by(sort_key="bridge").one().about = text
            db.session.commit()

    office.look(b"Name\nBridge\n")
    office.confirm()
    write(long)
    office.look(f"Name;What it does\nBridge;{long}Since May.\n".encode())
    write(f"{long}Written here.")
    assert office.confirm().location == office.here
    assert organisations(world)["bridge"].about.endswith("Written here.")


def test_a_table_of_nothing_but_headings_is_not_called_known(desk: Sit) -> None:
    office = desk()
    assert office.look(b"Name;Website\n") == {}
    text = office.preview()
    assert "The table holds no rows" in text
    assert "everything is here already" not in text
    office.client.post(
        f"{office.here}/reading", data={"separator": ";", "first": "0", "lines": "3"}
    )
    assert "0 rows" in office.columns()


def test_a_reading_that_gives_no_table_leaves_the_file_as_it_was(desk: Sit) -> None:
    office = desk()
    office.send(book(("Partners", [["Name"], ["Somebody"]]), ("Empty", [])), "partners.xlsx")
    office.client.post(f"{office.here}/reading", data={"sheet": "1"})
    text = office.columns()
    assert "The table is empty." in text
    assert "Somebody" in text
