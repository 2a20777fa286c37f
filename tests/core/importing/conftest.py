"""Files as offices send them, and the way from a file to its import."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.permissions import Role
from core.testing.app import Somebody, World

MINISTRY = """Преглед на партнери на Советот за превенција;;;;;;
;;;;;;
Р.бр.;Назив на партнерот;;Сектор;Контакт;;
;на македонски;на албански;;Лице;Телефон;Е-пошта
1;ООУ „Бели мугри“;SHF „Agimet e bardha“;Образование;Весна Пробна;070 123 456;beli.mugri@alva.example
2;Здружение „Мост“;Shoqata „Ura“;НВО;Агим Пример;02/3123-456;most@alva.example
3;Центар за млади;;Млади;;;
;Вкупно: 3;;;;;
"""


def ministry(text: str = MINISTRY) -> bytes:
    # Windows-1251 has no ë: the Albanian names of this file do without, as such files do.
    return text.encode("cp1251")


def book(*sheets: tuple[str, list[list[Any]]], merged: tuple[str, ...] = ()) -> bytes:
    from openpyxl import Workbook

    made = Workbook()
    del made["Sheet"]
    for title, rows in sheets:
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for cells in merged:
            sheet.merge_cells(cells)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


@dataclass
class Desk:
    """Somebody who imports: sends a file, matches its columns, looks, confirms."""

    client: FlaskClient
    kind: str
    city: str = "alva"
    here: str = ""

    @property
    def base(self) -> str:
        return f"/{self.city}/imports/{self.kind}"

    def send(self, data: bytes, name: str = "partners.csv") -> TestResponse:
        answer = self.client.post(self.base, data={"file": (io.BytesIO(data), name)})
        if answer.status_code == 303:
            self.here = answer.location.removesuffix("/columns")
        return answer

    def columns(self) -> str:
        answer = self.client.get(f"{self.here}/columns")
        assert answer.status_code == 200
        return answer.text

    def chosen(self, text: str | None = None) -> dict[str, str]:
        """What the controls of the page say now."""
        text = self.columns() if text is None else text
        form = text[text.index('id="match"') :]
        found = {}
        for name, inner in re.findall(r'<select[^>]* name="([^"]+)">(.*?)</select>', form, re.S):
            picked = re.search(r'<option value="([^"]*)" selected', inner)
            first = re.search(r'<option value="([^"]*)"', inner)
            found[name] = (picked or first)[1] if (picked or first) else ""  # type: ignore[index]
        return found

    def match(self, **more: str) -> TestResponse:
        """Send what the page says, with changes; words that it asks for stay undecided unless they are given."""
        data = self.chosen() | {name.replace("__", "-"): value for name, value in more.items()}
        answer = self.client.post(f"{self.here}/columns", data=data)
        if answer.status_code == 422 and 'id="words"' in answer.text:
            data = self.chosen(answer.text) | {
                name: value for name, value in data.items() if not name.startswith("word-")
            }
            answer = self.client.post(f"{self.here}/columns", data=data)
        return answer

    def look(self, data: bytes, name: str = "partners.csv", **more: str) -> dict[str, int]:
        """Send a file and match it as guessed; how many lines would do what."""
        assert self.send(data, name).status_code == 303
        answer = self.match(**more)
        assert answer.status_code == 303, answer.text
        return self.counts()

    def counts(self) -> dict[str, int]:
        text = self.client.get(self.here).text
        found = re.findall(r'show=(\w+)"[^>]*>[^<(]*\((\d+)\)', text)
        return {code: int(number) for code, number in found}

    def preview(self, show: str = "") -> str:
        return self.client.get(self.here, query_string={"show": show}).text

    def confirm(self, **data: str) -> TestResponse:
        return self.client.post(f"{self.here}/confirm", data=data)


@pytest.fixture
def desk(world: World, sign_in: Callable[[Somebody], FlaskClient]) -> Callable[..., Desk]:
    def sit(kind: str = "organisations", role: Role = Role.FOCAL_POINT, city: str = "alva") -> Desk:
        return Desk(sign_in(world.person(city, role)), kind, city)

    return sit
