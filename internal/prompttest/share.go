package prompttest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseShare reads a share of most: 0.95, or 95%, where 100% is most. It must be above 0 and at most `most`: a share of nothing
// lets everything pass. The error is a sentence that names the text.
func ParseShare(text string, most float64) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	number = strings.TrimSpace(number)
	x, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(x) || strings.ContainsAny(number, "xXpP_") { // the last are numbers to Go only
		return 0, fmt.Errorf("%s is not a number or a percentage", quote(text))
	}
	if percent {
		x = x * most / 100 // in this order, so that 95% is 0.95 and not the next number above it
	}
	switch {
	case x <= 0:
		return 0, fmt.Errorf("%s is not above 0", quote(text))
	case x > most:
		return 0, fmt.Errorf("%s is more than %s", quote(text), strconv.FormatFloat(most, 'f', -1, 64))
	}
	return x, nil
}
