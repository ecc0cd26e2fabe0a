"""What every language has to give, worked out with nothing of Bubbles: `python3 expected.py > out.jsonl`."""

from data import ROWS, text

for number in range(1000, ROWS + 1, 1000):
    print(f'{{"number":{number},"text":"{text(number)}"}}')
