"""How an HTML page looks: light and dark by what the reader's system prefers, from 360 pixels on, and in print.

Colours of text have a contrast of 4.5 to 1 or more on every background here (tested).
"""

from typing import Final

LIGHT: Final = {
    "page": "#f6f7f9", "card": "#ffffff", "text": "#1c2128", "soft": "#57606a", "line": "#d5d9df", "link": "#0550ae", "code": "#eef0f3",
    "added": "#116329", "added-fill": "#dcf5e3", "added-line": "#2da44e",
    "removed": "#a40e26", "removed-fill": "#ffe5e6", "removed-line": "#cf222e",
    "changed": "#7a4a00", "changed-fill": "#fdf1c8", "changed-line": "#bf8700",
    "same-fill": "#f3f5f7", "same-line": "#8c959f", "edge": "#6e7781", "box": "#8c959f14",
}  # fmt: skip
DARK: Final = {
    "page": "#0d1117", "card": "#151b23", "text": "#e6edf3", "soft": "#9da7b3", "line": "#30363d", "link": "#79b8ff", "code": "#262c36",
    "added": "#7ee2a0", "added-fill": "#12361f", "added-line": "#3fb950",
    "removed": "#ffa8a3", "removed-fill": "#47191d", "removed-line": "#f85149",
    "changed": "#f0c95c", "changed-fill": "#3a2d0c", "changed-line": "#d29922",
    "same-fill": "#21262d", "same-line": "#6e7681", "edge": "#8b949e", "box": "#8c959f14",
}  # fmt: skip


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


STYLE: Final = f"""
:root{{color-scheme:light dark;{_variables(LIGHT)}}}
@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}
*{{box-sizing:border-box}}
html{{-webkit-text-size-adjust:100%}}
body{{margin:0;background:var(--page);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}}
header,main,footer{{max-width:1080px;margin:0 auto;padding:0 20px}}
header{{padding-top:32px}}
footer{{padding-bottom:40px;color:var(--soft);font-size:13px}}
h1,h2,h3,h4{{line-height:1.25;margin:0 0 12px;overflow-wrap:anywhere;text-wrap:balance}}
h1{{font-size:27px;letter-spacing:-.015em}}
h2{{font-size:19px}}
h3{{font-size:16px}}
p,ul{{margin:0 0 12px}}
ul{{padding-left:20px}}
li{{margin:4px 0}}
p,li,summary,dd{{overflow-wrap:anywhere}}
a{{color:var(--link)}}
:focus-visible{{outline:2px solid var(--link);outline-offset:2px;border-radius:4px}}
code,pre{{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}}
code{{font-size:.89em;background:var(--code);padding:.1em .35em;border-radius:4px;overflow-wrap:anywhere}}
pre{{font-size:12.5px;line-height:1.5;margin:8px 0 12px;padding:10px 12px;background:var(--code);border-radius:6px;overflow-wrap:anywhere;
white-space:pre-wrap}}
.soft{{color:var(--soft)}}
.eyebrow{{margin-bottom:6px;color:var(--soft);font-size:13.5px}}
main>section{{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:20px 22px 10px;margin:18px 0}}
section section{{border-top:1px solid var(--line);padding-top:16px;margin-top:16px}}
section section:first-of-type{{border-top:0;margin-top:4px;padding-top:0}}
.badge{{display:inline-block;font-size:12.5px;font-weight:600;line-height:1.6;padding:0 9px;border-radius:99px;border:1px solid var(--line);
color:var(--soft);white-space:nowrap}}
.badge.added{{color:var(--added);background:var(--added-fill);border-color:var(--added-line)}}
.badge.removed{{color:var(--removed);background:var(--removed-fill);border-color:var(--removed-line)}}
.badge.changed{{color:var(--changed);background:var(--changed-fill);border-color:var(--changed-line)}}
h1 .badge{{vertical-align:4px;margin-right:4px;font-size:13px}}
.stopped{{border-left:4px solid var(--removed-line)}}
main>section.failed{{border-color:var(--removed-line)}}
.fix{{display:block;margin-top:2px}}
.scroll{{overflow-x:auto;margin:0 -6px 12px;padding:0 6px}}
table{{border-collapse:collapse;width:100%;font-size:14px}}
caption{{text-align:left;color:var(--soft);font-size:13px;padding-bottom:6px}}
th,td{{text-align:left;vertical-align:top;padding:7px 14px 7px 0;border-bottom:1px solid var(--line);font-weight:400;min-width:88px;
max-width:420px;overflow-wrap:break-word}}
td:last-child{{min-width:150px;padding-right:0}}
td code,th code{{overflow-wrap:break-word}}
thead th{{color:var(--soft);font-size:12.5px;font-weight:600;border-bottom-width:2px}}
tbody tr:last-child>*{{border-bottom:0}}
summary{{cursor:pointer;padding:3px 0;color:var(--link)}}
details{{margin:0 0 10px}}
details[open]>summary{{margin-bottom:6px}}
figure{{margin:0 0 10px}}
figcaption{{color:var(--soft);font-size:13px;margin-top:4px}}
pre .added,ins{{color:var(--added);background:var(--added-fill)}}
pre .removed,del{{color:var(--removed);background:var(--removed-fill)}}
pre .changed{{color:var(--changed)}}
ins,del{{text-decoration:none;border-radius:3px;padding:.05em .3em;box-decoration-break:clone;-webkit-box-decoration-break:clone}}
.parts{{list-style:none;padding:0}}
.parts>li{{padding:8px 0;border-top:1px solid var(--line)}}
.parts>li:first-child{{border-top:0}}
.sign{{display:inline-block;min-width:1.55em;text-align:center;font:600 13px/1.5 ui-monospace,Menlo,Consolas,monospace;border-radius:4px;
margin-right:8px}}
.sign.added{{color:var(--added);background:var(--added-fill)}}
.sign.removed{{color:var(--removed);background:var(--removed-fill)}}
.sign.changed{{color:var(--changed);background:var(--changed-fill)}}
dl{{margin:4px 0 0 30px;font-size:13.5px}}
dt{{color:var(--soft);margin-top:6px}}
dd{{margin:0}}
.legend{{display:flex;flex-wrap:wrap;gap:6px;list-style:none;padding:0}}
.legend li{{margin:0}}
svg{{display:block}}
svg.graph{{margin:0 auto}}
svg text{{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--text);text-anchor:middle}}
svg .name{{font-size:13px;font-weight:500}}
svg .type{{font-size:11px;fill:var(--soft)}}
svg .box>.title{{font-size:13px;font-weight:600;text-anchor:start}}
svg .node>rect,svg .node>polygon{{fill:var(--same-fill);stroke:var(--same-line);stroke-width:1.2}}
svg .box>rect{{fill:var(--box);stroke:var(--same-line);stroke-width:1}}
svg .added>rect,svg .node.added>polygon{{fill:var(--added-fill);stroke:var(--added-line);stroke-width:2.6}}
svg .changed>rect,svg .node.changed>polygon{{fill:var(--changed-fill);stroke:var(--changed-line);stroke-width:2;stroke-dasharray:7 4}}
svg .removed>rect,svg .node.removed>polygon{{fill:var(--removed-fill);stroke:var(--removed-line);stroke-width:2;stroke-dasharray:2 4}}
svg .box.added>rect,svg .box.changed>rect,svg .box.removed>rect{{fill:var(--box)}}
svg .edge>path{{fill:none;stroke:var(--edge);stroke-width:1.3}}
svg .edge>polygon{{fill:var(--edge)}}
svg .edge.added>path{{stroke:var(--added-line);stroke-width:2.6}}
svg .edge.added>polygon{{fill:var(--added-line)}}
svg .edge.removed>path{{stroke:var(--removed-line);stroke-width:1.8;stroke-dasharray:2 4}}
svg .edge.removed>polygon{{fill:var(--removed-line)}}
svg .edge>rect{{fill:var(--card);stroke:none}}
svg .edge>.label{{font-size:11px;fill:var(--soft)}}
svg .edge.added>.label{{fill:var(--added)}}
svg .edge.removed>.label{{fill:var(--removed)}}
svg.plot text{{font-size:11px;fill:var(--soft)}}
svg.plot .start{{text-anchor:start}}
svg.plot .end{{text-anchor:end}}
svg.plot .grid{{stroke:var(--line);stroke-width:1}}
svg.plot .passed{{fill:var(--added-line)}}
svg.plot .missed{{fill:var(--removed-line)}}
svg.plot .line{{fill:none;stroke:var(--link);stroke-width:2}}
svg.plot .dot{{fill:var(--link)}}
.plots{{display:flex;flex-wrap:wrap;gap:8px 28px}}
.plots figure{{flex:1 1 280px;max-width:440px;min-width:0}}
.plots figcaption{{margin:0 0 4px}}
@media (max-width:600px){{
header,main,footer{{padding-left:12px;padding-right:12px}}
main>section{{padding:16px 14px 6px;margin:12px 0}}
h1{{font-size:22px}}
h1 .badge{{display:table;margin:0 0 6px}}
dl{{margin-left:0}}
}}
@media print{{
body{{background:#fff}}
main>section{{break-inside:auto;border-color:#ccc}}
figure{{break-inside:avoid}}
.scroll{{overflow:visible}}
svg.graph{{max-width:100%;height:auto}}
}}
"""
