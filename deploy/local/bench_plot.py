"""The figures of ./dev bench as a picture (SVG): what an operation costs, and whom."""

import typing
import xml.sax.saxutils

WIDTH, LEFT, RIGHT, ROW, BAR = 760, 210, 90, 34, 20
# Told apart also by those who see no colours: each part is labelled where it has room.
COLOURS = ("#1f4e79", "#2e75b6", "#9dc3e6", "#7f6000", "#bf9000", "#ffd966", "#548235", "#a9d18e",
           "#7f7f7f", "#c9c9c9")
LEAST_SHARE_TOLD = 0.07  # of the longest bar


def text(x: float, y: float, words: str, anchor: str = "start", fill: str = "#222") -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">'
            f"{xml.sax.saxutils.escape(words)}</text>")


def bar(top: int, title: str, parts: dict[str, float], colours: dict[str, str],
        scale: float) -> typing.Iterator[str]:
    """A row: its title, a stretch for each part, and the sum in milliseconds."""
    yield text(LEFT - 10, top + BAR - 5, title, "end")
    x = float(LEFT)
    for name, value in parts.items():
        width = value * scale
        yield (f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{BAR}" '
               f'fill="{colours[name]}"><title>{name} {value:.3f} ms</title></rect>')
        if width > LEAST_SHARE_TOLD * (WIDTH - LEFT - RIGHT):
            dark = sum(int(colours[name][at:at + 2], 16) for at in (1, 3, 5)) < 400
            yield text(x + 4, top + BAR - 6, name, fill="#fff" if dark else "#222")
        x += width
    yield text(x + 6, top + BAR - 5, f"{sum(parts.values()):.3g} ms")


def rows_of(figures: dict) -> list[tuple[str, dict[str, dict[str, float]]]]:
    """Groups of bars that share a scale: title of the group, then by title of the bar its parts."""
    orders = {name: value for name, value in figures["orders"]["cpu_ms"].items()
              if name != "psp" and value >= 0.005}
    reads = {title: {name: value for name, value in read["cpu_ms"].items() if value >= 0.0005}
             for title, read in figures["reads"].items() if "cpu_ms" in read}
    return [("CPU of one checkout", {"Mercato": orders,
                                     "its statements by pgbench":
                                         {"databases": figures["pgbench"]["cpu_ms"]}}),
            ("CPU of one read", reads)]


def svg(figures: dict) -> str:
    groups = rows_of(figures)
    names = list(dict.fromkeys(name for _, bars in groups for parts in bars.values()
                               for name in parts))
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
    drawn, top = [], 10
    for title, bars in groups:
        longest = max(sum(parts.values()) for parts in bars.values())
        scale = (WIDTH - LEFT - RIGHT) / longest
        drawn.append(text(LEFT, top + 16, title))
        top += 26
        for label, parts in bars.items():
            drawn.extend(bar(top, label, parts, colours, scale))
            top += ROW
        top += 10
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" '
            f'font-family="sans-serif" font-size="12">\n<rect width="{WIDTH}" height="{top}" '
            'fill="#fff"/>\n' + "\n".join(drawn) + "\n</svg>\n")
