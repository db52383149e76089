package filter_test

import (
	"testing"
	"time"
)

func indexed(reference, extra string) string {
	return `{"timeType":"INDEXED","indexReference":{"referenceType":"` + reference + `"` + extra + `},"zoneId":"Europe/Berlin"`
}

// TestTimePoints asks which of two values on either side of a point lies before it.
func TestTimePoints(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, point    string
		before, notYet string // the last value before the point and the first that is not
	}{
		{"now", indexed("NOW", "") + "}", "2026-01-05T07:59:59Z", "2026-01-05T08:00:00Z"},
		{"now, offset by hours", indexed("NOW", "") + `,"offset":{"hours":-2,"minutes":30}}`, "2026-01-05T06:29:59Z", "2026-01-05T06:30:00Z"},
		{"today", indexed("TODAY", "") + "}", "2026-01-04T22:59:59Z", "2026-01-04T23:00:00Z"},
		{"today, offset by months", indexed("TODAY", "") + `,"offset":{"months":-2,"days":-1}}`, "2025-11-03T22:59:59Z", "2025-11-03T23:00:00Z"},
		{"today at a time", indexed("TODAY", `,"hour":12,"minute":30`) + "}", "2026-01-05T11:29:59Z", "2026-01-05T11:30:00Z"},
		{"week", indexed("WEEK", "") + `,"offset":{"weeks":-1}}`, "2025-12-28", "2025-12-29"},
		{"week from Sunday", indexed("WEEK", `,"dayOfWeek":"SUNDAY"`) + "}", "2026-01-03", "2026-01-04"},
		{"month", indexed("MONTH", "") + "}", "2025-12-31", "2026-01-01"},
		{"last of the month", indexed("MONTH", `,"dayOfMonth":31`) + `,"offset":{"months":1}}`, "2026-02-27", "2026-02-28"},
		{"quarter", indexed("QUARTER", "") + `,"offset":{"quarters":-1}}`, "2025-09-30", "2025-10-01"},
		{"year", indexed("YEAR", `,"month":"MARCH","dayOfMonth":15`) + `,"offset":{"years":-1}}`, "2025-03-14", "2025-03-15"},
		{"date with a time, elsewhere", `{"timeType":"DATE","year":2026,"month":1,"day":5,"hour":9,"minute":0,"zoneId":"US/Eastern"}`, "2026-01-05T13:59:59Z", "2026-01-05T14:00:00Z"},
		{"date, no zone is the portal's", `{"timeType":"DATE","year":2026,"month":7,"day":1}`, "2026-06-30T21:59:59Z", "2026-06-30T22:00:00Z"},
		{"another property", `{"timeType":"PROPERTY_REFERENCED","property":"createdate","referenceType":"VALUE"}`, "2024-02-29T11:59:59Z", "2024-02-29T12:00:00Z"},
		{"another property, moved", `{"timeType":"PROPERTY_REFERENCED","property":"createdate","offset":{"years":1}}`, "2025-02-28T11:59:59Z", "2025-02-28T12:00:00Z"},
		{"anniversary of 29 February", `{"timeType":"PROPERTY_REFERENCED","property":"createdate","referenceType":"ANNIVERSARY"}`, "2026-02-27", "2026-02-28"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m, problems := compile(t, one("closedate", `{"operationType":"TIME_POINT","operator":"IS_BEFORE","type":"TIME_POINT","timePoint":`+tc.point+`}`), env(t))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if got := m.Match(with(t, "closedate", tc.before, "createdate", "2024-02-29T12:00:00Z")); !got.OK {
				t.Errorf("%s must lie before: %s", tc.before, got.Reason())
			}
			if got := m.Match(with(t, "closedate", tc.notYet, "createdate", "2024-02-29T12:00:00Z")); got.OK {
				t.Errorf("%s must not lie before", tc.notYet)
			}
		})
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	day := `"timePoint":{"timeType":"DATE","year":2026,"month":1,"day":5}`
	noon := `"timePoint":{"timeType":"DATE","year":2026,"month":1,"day":5,"hour":12}`
	for _, tc := range []struct {
		operator, operands string
		value              string
		want               bool
	}{
		{"IS_BEFORE", day + `,"endpointBehavior":"INCLUSIVE"`, "2026-01-05", true},
		{"IS_BEFORE", day + `,"endpointBehavior":"INCLUSIVE"`, "2026-01-06", false},
		{"IS_AFTER", day + `,"endpointBehavior":"INCLUSIVE"`, "2026-01-05", true},
		{"IS_AFTER", day + `,"endpointBehavior":"INCLUSIVE"`, "2026-01-04", false},
		{"IS_AFTER", noon, "2026-01-05T11:00:00Z", false},
		{"IS_AFTER", noon + `,"endpointBehavior":"INCLUSIVE"`, "2026-01-05T11:00:00Z", true},
		{"IS_BEFORE", noon + `,"endpointBehavior":"INCLUSIVE"`, "2026-01-05T11:00:00.001Z", false},
	} {
		m, problems := compile(t, one("closedate", operation("TIME_POINT", tc.operator, `"type":"TIME_POINT",`+tc.operands)), env(t))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := m.Match(with(t, "closedate", tc.value)); got.OK != tc.want {
			t.Errorf("%s %s with %s: got %v", tc.value, tc.operator, tc.operands, got.OK)
		}
	}
}

func TestDateValues(t *testing.T) {
	t.Parallel()
	today := `{"operationType":"CALENDAR_DATE","operator":"IN_THIS_TIME_UNIT","timeUnit":"DAY"}`
	for _, tc := range []struct {
		property, value string
		want            bool
	}{
		{"birthday", "2026-01-05", true},
		{"birthday", " 2026-01-05 ", true},
		{"birthday", "1767571200000", true}, // midnight UTC
		{"birthday", "2026-01-05T23:30:00Z", true},
		{"birthday", "2026-01-06T00:00:00Z", false},
		{"birthday", "2026-1-5", false},
		{"birthday", "2026", false},
		{"birthday", "05/01/2026", false},
		{"birthday", "2026-02-30", false},
		{"closedate", "2026-01-05T23:30:00Z", false}, // already Tuesday in Berlin
		{"closedate", "2026-01-05T23:30:00+01:00", true},
		{"closedate", "2026-01-05T00:30", true}, // no zone: Berlin's
		{"closedate", "2026-01-05 23:59:59", true},
		{"closedate", "2026-01-05 00:00", true},
		{"closedate", "2026-01-05T00:00:00.5", true},
		{"closedate", "1767567600000", true},  // 2026-01-05T00:00+01:00
		{"closedate", "1767567599999", false}, // a millisecond before
		{"closedate", "99999999999999999999", false},
		{"closedate", "tomorrow, I think", false},
	} {
		m, problems := compile(t, one(tc.property, today), env(t))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := m.Match(with(t, tc.property, tc.value)); got.OK != tc.want {
			t.Errorf("%s %q is today: got %v, %s", tc.property, tc.value, got.OK, got.Reason())
		}
	}
}

func TestFiscalYear(t *testing.T) {
	t.Parallel()
	op := func(unit string) string {
		return `{"operationType":"CALENDAR_DATE","operator":"IN_THIS_TIME_UNIT","timeUnit":"` + unit + `","useFiscalYear":true,"fiscalYearStart":"FEBRUARY"}`
	}
	for unit, edges := range map[string][4]string{
		"YEAR":    {"2025-01-31", "2025-02-01", "2026-01-31", "2026-02-01"},
		"QUARTER": {"2025-10-31", "2025-11-01", "2026-01-31", "2026-02-01"},
	} {
		m, problems := compile(t, one("birthday", op(unit)), env(t))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for i, day := range edges {
			if got := m.Match(with(t, "birthday", day)); got.OK != (i == 1 || i == 2) {
				t.Errorf("%s of a fiscal year from February, %s: got %v, %s", unit, day, got.OK, got.Reason())
			}
		}
	}
}

// TestClockChange crosses the nights in which Berlin has 23 and 25 hours.
func TestClockChange(t *testing.T) {
	t.Parallel()
	m, problems := compile(t, one("closedate", `{"operationType":"CALENDAR_DATE","operator":"IN_THIS_TIME_UNIT","timeUnit":"DAY"}`), env(t))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, tc := range []struct {
		now   time.Time
		value string
		want  bool
	}{
		{time.Date(2026, 3, 29, 12, 0, 0, 0, berlin(t)), "2026-03-28T23:00:00Z", true},
		{time.Date(2026, 3, 29, 12, 0, 0, 0, berlin(t)), "2026-03-29T22:00:00Z", false},
		{time.Date(2026, 10, 25, 12, 0, 0, 0, berlin(t)), "2026-10-25T22:59:59Z", true},
		{time.Date(2026, 10, 25, 12, 0, 0, 0, berlin(t)), "2026-10-25T23:00:00Z", false},
	} {
		r := with(t, "closedate", tc.value)
		r.now = tc.now
		if got := m.Match(r); got.OK != tc.want {
			t.Errorf("%s on %s: got %v", tc.value, tc.now, got.OK)
		}
	}
}

func TestDateReasons(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ operation, value, want string }{
		{`{"operationType":"TIME_POINT","operator":"IS_AFTER","type":"TIME_POINT","timePoint":` + indexed("TODAY", "") + `,"offset":{"days":-7}}}`,
			"2025-12-01", `closedate is "2025-12-01", not after 2025-12-29 (TODAY -7 days)`},
		{`{"operationType":"ROLLING_DATE_RANGE","operator":"IS_LESS_THAN_X_DAYS_AGO","numberOfDays":3}`,
			"2025-12-01", `closedate is "2025-12-01", not less than 3 days ago (now: 2026-01-05 09:00)`},
		{`{"operationType":"CALENDAR_DATE","operator":"IN_LAST_TIME_UNIT","timeUnit":"WEEK","timeUnitCount":2}`,
			"2025-12-01", `closedate is "2025-12-01", not in the last 2 weeks (2025-12-22 to 2026-01-04)`},
		{`{"operationType":"COMPARATIVE_DATE","operator":"IS_AFTER","comparisonPropertyName":"createdate"}`,
			"2025-12-01", `closedate is "2025-12-01", which cannot be compared: createdate has no date`},
		{`{"operationType":"COMPARATIVE_DATE","operator":"IS_AFTER","comparisonPropertyName":"createdate","defaultComparisonValue":"2025-12-02"}`,
			"2025-12-01", `closedate is "2025-12-01", not after createdate, which is "2025-12-02"`},
		{`{"operationType":"RANGED_DATE","operator":"IS_NOT_BETWEEN","lowerBound":"2025-11-01","upperBound":"2025-12-24"}`,
			"2025-12-01", `closedate is "2025-12-01", but must not be between 2025-11-01 and 2025-12-24`},
		{`{"operationType":"DATETIME","operator":"IS_EQUAL_TO","timestamp":"2025-12-02"}`,
			"last week", `closedate is "last week", which is no date`},
	} {
		m, problems := compile(t, one("closedate", tc.operation), env(t))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := m.Match(with(t, "closedate", tc.value)); got.OK || got.Reason() != tc.want {
			t.Errorf("got %s\nwant %s", got.Reason(), tc.want)
		}
	}
}
