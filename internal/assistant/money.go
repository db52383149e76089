package assistant

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Money is an exact amount of US dollars, counted in units of 1e-12 USD. The largest amount is about 9.2 million
// dollars; sums beyond it stay there instead of wrapping around. Amounts compare with < and ==.
type Money int64

const (
	// USD is one dollar.
	USD Money = 1e12
	// MaxMoney is the largest amount.
	MaxMoney Money = math.MaxInt64

	moneyDecimals = 12
)

// ParseMoney reads a decimal amount of dollars, such as "0.05" or "12", with at most 12 decimals. Signs and exponents
// are not taken: an amount is never negative and is written as people write it.
func ParseMoney(s string) (Money, error) {
	text := strings.TrimSpace(s)
	whole, fraction, dotted := strings.Cut(text, ".")
	if whole == "" || dotted && fraction == "" || !digits(whole) || !digits(fraction) {
		return 0, fmt.Errorf("%q is no amount of dollars; write it as a decimal, such as 0.05", shorten(s, 40))
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > moneyDecimals {
		return 0, fmt.Errorf("%q has more than %d decimals", shorten(s, 40), moneyDecimals)
	}
	all := strings.TrimLeft(whole+fraction+strings.Repeat("0", moneyDecimals-len(fraction)), "0")
	if all == "" {
		return 0, nil
	}
	units, err := strconv.ParseInt(all, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is more than %s, the largest amount of dollars", shorten(s, 40), MaxMoney)
	}
	return Money(units), nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// String is the exact decimal without trailing zeros: "0.0000345", "12", "0".
func (m Money) String() string {
	var room [24]byte
	b := room[:0]
	units := uint64(m)
	if m < 0 {
		b = append(b, '-')
		units = -units
	}
	b = strconv.AppendUint(b, units/uint64(USD), 10)
	rest := units % uint64(USD)
	if rest == 0 {
		return string(b)
	}
	b = append(b, '.')
	for unit := uint64(USD) / 10; rest > 0; unit /= 10 {
		b = append(b, byte('0'+rest/unit))
		rest %= unit
	}
	return string(b)
}

// Add sums two amounts and stops at MaxMoney.
func (m Money) Add(other Money) Money {
	sum := m + other
	if m > 0 && other > 0 && sum < 0 {
		return MaxMoney
	}
	return sum
}

// times multiplies, stopping at MaxMoney. Negative factors, which only a broken answer could bring, count as 0.
func (m Money) times(n int) Money {
	if m <= 0 || n <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(m), uint64(n))
	if high > 0 || low > math.MaxInt64 {
		return MaxMoney
	}
	return Money(low)
}

// shorten cuts text for a message.
func shorten(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
