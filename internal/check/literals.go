package check

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// isNumber tells numbers as HubSpot stores them: digits with a point, no separators, no words.
func isNumber(s string) bool {
	if strings.ContainsAny(s, "xXpP_") {
		return false
	}
	x, err := strconv.ParseFloat(s, 64)
	return err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
}

// isDate tells dates as the CRM takes them: a day, a moment with its offset, or milliseconds since 1970.
func isDate(s string) bool {
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	ms, err := strconv.ParseInt(s, 10, 64)
	return err == nil && (ms > 9_999_999 || ms < -9_999_999 || ms == 0)
}
