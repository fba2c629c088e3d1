"""A document of every kind of block, and a hostile text, for tests."""

from mlops_widgets.core.document import Document, Grid, Paragraph, Points, Section, Statement

HOSTILE = (
    "<script>alert(1)</script> & **b** [x](https://e.org) | # h\n- i\n\n1. \u202e34 %\u202c \ud800 \x00 שלום 😀👩\u200d🚀 "
    "$\\frac{1}$ " + "x" * 10_000
)
DOCUMENT = Document(
    title="How the model decides", lead="It reads two columns.", small="seed 0",
    sections=(
        Section(title="Purpose", blocks=(
            Statement(label="Use", value="Ranking *before* a person decides", source="human", author="Ada", date="2026-03-01"),
            Statement(label="Owner", value="", source="missing"), Statement(label="Rows", value="12"),
        )),
        Section(title="What moves it", blocks=(
            Paragraph(text="Do not rely on this.", tone="warning"), Paragraph(text="A line."),
            Points(items=("first", "second"), numbered=True), Points(items=("third",)),
            Grid(columns=("column", "share"), rows=(("a|b", "3 %"),), caption="Shares"),
        )),
    ),
)  # fmt: skip
