"""A city's accent: its style sheet, and the contrast it must have (design rules: 5.5 on white, 6 on the dark sheet)."""

from core.cities.models import City

HOUSE = ("#24545f", "#8cc6d3")
DARK_SHEET = "#1e2327"
LEAST_LIGHT = 5.5
LEAST_DARK = 6.0
LEAST_TEXT = 4.5


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, 0 to 1 (WCAG 2.2, definition of relative luminance)."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, 1.4.3)."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(accent: str) -> str:
    """White or near-black, whichever reads better on ``accent``."""
    return max(("#ffffff", "#0c1d21"), key=lambda ink: contrast(ink, accent))


def nearest_readable(colour: str, ground: str, least: float) -> str:
    """``colour`` itself if its contrast on ``ground`` reaches ``least``, else the nearest mix that does."""
    target = "#000000" if luminance(ground) > 0.5 else "#ffffff"
    for step in range(101):
        mixed = _mix(colour, target, step / 100)
        if contrast(mixed, ground) >= least and contrast(text_on(mixed), mixed) >= LEAST_TEXT:
            return mixed
    return target


def _mix(first: str, second: str, share: float) -> str:
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def style_sheet(city: City) -> str:
    """The style sheet that sets a city's accent and the text on it, and nothing else."""
    light, dark = city.accent_light or HOUSE[0], city.accent_dark or HOUSE[1]
    return (
        f":root {{ --city-accent: light-dark({light}, {dark}); "
        f"--city-on-accent: light-dark({text_on(light)}, {text_on(dark)}); }}\n"
    )
