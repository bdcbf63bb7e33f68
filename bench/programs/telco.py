"""Telephone bills in exact decimals, with banker's rounding: the standard library's decimal."""

DEFAULT = 400000

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal


def main(n):
    cent = Decimal("0.01")
    rates = (Decimal("0.0013"), Decimal("0.00894"))
    basic, distance = Decimal("0.0675"), Decimal("0.0341")
    total = tax_basic = tax_distance = Decimal(0)
    state = 1
    for _ in range(n):
        state = (state * 69069 + 5) & 0xFFFFFFFF
        seconds = Decimal(state >> 18)
        far = state >> 31
        price = (seconds * rates[far]).quantize(cent, ROUND_HALF_EVEN)
        tax = (price * basic).quantize(cent, ROUND_DOWN)
        tax_basic += tax
        amount = price + tax
        if far:
            tax = (price * distance).quantize(cent, ROUND_DOWN)
            tax_distance += tax
            amount += tax
        total += amount
    print(total, tax_basic, tax_distance)


if __name__ == "__main__":
    import sys
    main(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
