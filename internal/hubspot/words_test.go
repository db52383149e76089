package hubspot_test

import (
	"strings"
	"testing"

	"askflow/internal/hubspot"
)

func TestOperationWords(t *testing.T) {
	t.Parallel()
	day := &hubspot.TimePoint{TimeType: "DATE", Year: 2026, Month: 3, Day: 4, Hour: 9}
	for want, o := range map[string]hubspot.Operation{
		"is known":                          {Operator: "IS_KNOWN", Values: []string{"x"}},
		"is unknown":                        {Operator: "IS_UNKNOWN"},
		"is A":                              {Operator: "IS_EQUAL_TO", Values: []string{"a"}},
		"is none of A, (empty)":             {Operator: "IS_NOT_EQUAL_TO", Values: []string{"a", ""}},
		"contains all of A":                 {Operator: "CONTAINS_ALL", Values: []string{"a"}},
		"is any of A, B, C, D, E, … 1 more": {Operator: "IS_ANY_OF", Values: []string{"a", "b", "c", "d", "e", "f"}},
		"is between … and 2026-03-04 09:00": {Operator: "IS_BETWEEN", UpperPoint: day},
		"is after the property CLOSEDATE":   {Operator: "IS_AFTER", ComparisonProperty: "closedate"},
		"is at most (1 day)":                {Operator: "IS_LESS_THAN_OR_EQUAL_TO", NumberOfDays: 1},
		"in last time unit 2 week":          {Operator: "IN_LAST_TIME_UNIT", TimeUnit: "WEEK", TimeUnitCount: 2},
	} {
		if got := o.Words(strings.ToUpper); got != want {
			t.Errorf("%+v is %q, want %q", o, got, want)
		}
	}
}
