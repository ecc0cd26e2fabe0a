"""Gives a row for each hour that a flight came in late, begun ones too: none, one or many."""


def transform(flight):
    late = flight["arr_delay"] or 0
    for hour, passed in enumerate(range(0, late, 60), 1):
        row = {"carrier": flight["carrier"], "flight": flight["flight"], "hour": hour}
        yield row | {"minutes": min(late - passed, 60)}
