package hubspot

import (
	"fmt"
	"strconv"
	"strings"
)

// shownValues is how many of an operation's values are said.
const shownValues = 5

// Words says an operation as people do: "is any of US, CA". show makes a piece of data harmless and short; it may be called with "".
func (o *Operation) Words(show func(string) string) string {
	switch o.Operator {
	case "IS_KNOWN":
		return "is known"
	case "IS_UNKNOWN":
		return "is unknown"
	}
	verb := o.verb(show)
	if len(o.Values) > 1 {
		switch o.Operator {
		case "IS_EQUAL_TO":
			verb = "is any of"
		case "IS_NOT_EQUAL_TO":
			verb = "is none of"
		}
	}
	return strings.TrimSpace(verb + " " + o.operand(show))
}

func (o *Operation) verb(show func(string) string) string {
	switch o.Operator { // those whose names do not read as words
	case "IS_EQUAL_TO":
		return "is"
	case "IS_NOT_EQUAL_TO":
		return "is not"
	case "IS_GREATER_THAN_OR_EQUAL_TO":
		return "is at least"
	case "IS_LESS_THAN_OR_EQUAL_TO":
		return "is at most"
	case "CONTAINS_ALL", "DOES_NOT_CONTAIN_ALL":
		return strings.ToLower(strings.ReplaceAll(o.Operator, "_", " ")) + " of"
	}
	return strings.ToLower(strings.ReplaceAll(show(o.Operator), "_", " "))
}

// operand is what an operation compares with.
func (o *Operation) operand(show func(string) string) string {
	switch {
	case len(o.Values) > 0:
		return valueWords(o.Values, show)
	case o.LowerPoint != nil || o.UpperPoint != nil:
		return o.LowerPoint.words(show) + " and " + o.UpperPoint.words(show)
	case o.Lower != "" || o.Upper != "":
		return show(o.Lower) + " and " + show(o.Upper)
	case o.TimePoint != nil:
		return o.TimePoint.words(show)
	case o.ComparisonProperty != "":
		return "the property " + show(o.ComparisonProperty)
	case o.NumberOfDays == 1:
		return "(1 day)"
	case o.NumberOfDays != 0:
		return "(" + strconv.Itoa(o.NumberOfDays) + " days)"
	case o.TimeUnit != "":
		return strings.TrimSpace(strconv.Itoa(o.TimeUnitCount) + " " + strings.ToLower(show(o.TimeUnit)))
	}
	return ""
}

func valueWords(values []string, show func(string) string) string {
	more := ""
	if len(values) > shownValues {
		more = fmt.Sprintf(", … %d more", len(values)-shownValues)
		values = values[:shownValues]
	}
	out := make([]string, len(values))
	for i, v := range values {
		if out[i] = show(v); v == "" {
			out[i] = "(empty)"
		}
	}
	return strings.Join(out, ", ") + more
}

// words is a point in time, "…" where a range is open.
func (t *TimePoint) words(show func(string) string) string {
	if t == nil {
		return "…"
	}
	switch t.TimeType {
	case "PROPERTY_REFERENCED":
		return "the property " + show(t.Property)
	case "INDEXED":
		words := strings.ToLower(show(t.Reference))
		for _, unit := range []string{"years", "quarters", "months", "weeks", "days", "hours", "minutes", "seconds"} {
			if n := t.Offset[unit]; n != 0 {
				words += fmt.Sprintf(" %+d %s", n, unit)
			}
		}
		return words
	}
	date := fmt.Sprintf("%04d-%02d-%02d", t.Year, t.Month, t.Day)
	if t.Hour > 0 || t.Minute > 0 {
		date += fmt.Sprintf(" %02d:%02d", max(0, t.Hour), max(0, t.Minute))
	}
	return date
}
