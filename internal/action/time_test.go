package action_test

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"askflow/internal/action"
	"askflow/internal/flow"
	"askflow/internal/run"
)

func delay(delta int, unit string) string {
	return single(flow.TypeDelay, fmt.Sprintf(`"delta":"%d","time_unit":%q`, delta, unit))
}

func TestDelayUnits(t *testing.T) {
	t.Parallel()
	for unit, want := range map[string]string{
		"NANOS": "2026-01-05T09:00:00.000000003Z", "MICROS": "2026-01-05T09:00:00.000003Z", "MILLIS": "2026-01-05T09:00:00.003Z",
		"SECONDS": "2026-01-05T09:00:03Z", "MINUTES": "2026-01-05T09:03:00Z", "HOURS": "2026-01-05T12:00:00Z", "HALF_DAYS": "2026-01-06T21:00:00Z",
		"DAYS": "2026-01-08T09:00:00Z", "WEEKS": "2026-01-26T09:00:00Z", "MONTHS": "2026-04-05T09:00:00Z", "YEARS": "2029-01-05T09:00:00Z",
		"DECADES": "2056-01-05T09:00:00Z", "CENTURIES": "2326-01-05T09:00:00Z", "days": "2026-01-08T09:00:00Z",
	} {
		out := mustCompile(t, newEnv(), delay(3, unit)).Run(context.Background(), scope(monday, nil, world{}))
		if out.WaitUntil == nil || out.WaitUntil.Format(time.RFC3339Nano) != want {
			t.Errorf("3 %s lead to %v, want %s", unit, out.WaitUntil, want)
		}
	}
	for _, endless := range []string{delay(1, "FOREVER"), delay(3, "eras"), delay(2, "MILLENNIA"), single(flow.TypeDelayUntil, `"date":"2026-02-01","delta":"1","time_unit":"FOREVER"`)} {
		out := mustCompile(t, newEnv(), endless).Run(context.Background(), scope(monday, nil, world{}))
		if out.State != run.Success || !out.Forever || out.WaitUntil != nil || !strings.HasPrefix(out.Reason, action.NeverGoesOn) {
			t.Errorf("%s: %+v", endless, out)
		}
	}
	if out := mustCompile(t, newEnv(), delay(0, "FOREVER")).Run(context.Background(), scope(monday, nil, world{})); out.Forever || !out.WaitUntil.Equal(monday) {
		t.Errorf("no time at all: %+v", out)
	}
	for _, bad := range []string{delay(1, "FORTNIGHTS"), single(flow.TypeDelay, `"time_unit":"DAYS"`)} {
		if _, _, problems := compile(newEnv(), bad); !problems.HasErrors() {
			t.Errorf("%s is taken", bad)
		}
	}
	if out := mustCompile(t, newEnv(), delay(-5, "DAYS")).Run(context.Background(), scope(monday, nil, world{})); !out.WaitUntil.Equal(monday) {
		t.Errorf("a negative delay waits until %s", out.WaitUntil)
	}
	late := time.Date(9999, 6, 1, 0, 0, 0, 0, time.UTC)
	if out := mustCompile(t, newEnv(), delay(1, "YEARS")).Run(context.Background(), scope(late, nil, world{})); !out.Forever || out.WaitUntil != nil {
		t.Errorf("beyond the calendar: %+v", out)
	}
}

func TestDelayUntil(t *testing.T) {
	t.Parallel()
	until := func(date, more string) string {
		return single(flow.TypeDelayUntil, `"date":{"type":"STATIC_VALUE","staticValue":"`+date+`"}`+more)
	}
	for _, c := range []struct{ name, text, want string }{
		{"day", until("2026-02-01", ""), "2026-02-01T00:00:00+01:00"},
		{"time", until("2026-02-01T10:30", ""), "2026-02-01T10:30:00+01:00"},
		{"zone", until("2026-02-01T10:30:00Z", ""), "2026-02-01T11:30:00+01:00"},
		{"milliseconds", until("1769938200000", ""), "2026-02-01T10:30:00+01:00"},
		{"plus and at", until("2026-02-01", `,"delta":"-3","time_unit":"DAYS","time_of_day":{"hour":8,"minute":15}`), "2026-01-29T08:15:00+01:00"},
		{"summer time", until("2026-03-29T02:30", ""), "2026-03-29T03:30:00+02:00"},
		{"day before summer time plus a day", until("2026-03-28T12:00", `,"delta":"1","time_unit":"DAYS"`), "2026-03-29T12:00:00+02:00"},
		{"24 hours over the change", until("2026-03-28T12:00", `,"delta":"24","time_unit":"HOURS"`), "2026-03-29T13:00:00+02:00"},
		{"past", until("2025-12-31", ""), ""},
		{"now", until("2026-01-05T10:00", ""), ""},
		{"without a date", single(flow.TypeDelayUntil, `"delta":"2","time_unit":"HOURS"`), "2026-01-05T12:00:00+01:00"},
		{"property", single(flow.TypeDelayUntil, `"date":{"type":"OBJECT_PROPERTY","propertyName":"day"}`), "2026-01-10T00:00:00+01:00"},
		{"empty property", single(flow.TypeDelayUntil, `"date":{"type":"OBJECT_PROPERTY","propertyName":"moment"}`), ""},
		{"text in the property", single(flow.TypeDelayUntil, `"date":{"type":"OBJECT_PROPERTY","propertyName":"city"}`), "! invalid_date"},
		{"beyond the calendar", until("9999-12-31", `,"delta":"2","time_unit":"DAYS"`), ""},
		{"before the calendar", until("2026-12-31", `,"delta":"-1","time_unit":"FOREVER"`), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := newEnv()
			env.Location = berlin(t)
			r := mustCompile(t, env, c.text)
			out := r.Run(context.Background(), scope(time.Date(2026, 1, 5, 10, 0, 0, 0, env.Location), map[string]string{"day": "2026-01-10", "city": "Oslo"}, world{}))
			got := ""
			switch {
			case out.Error != nil:
				got = "! " + out.Error.Code
			case out.WaitUntil != nil:
				got = out.WaitUntil.Format(time.RFC3339)
			case out.Reason == "":
				t.Error("it does not wait, and does not say why")
			}
			if got != c.want {
				t.Errorf("it waits until %q, want %q", got, c.want)
			}
		})
	}
	for _, bad := range []string{until("soon", ""), until("2026-13-01", ""), single(flow.TypeDelayUntil, `"date":[]`), single(flow.TypeDelayUntil, `"date":"2026-02-01","time_of_day":{"hour":25}`)} {
		if _, _, problems := compile(newEnv(), bad); !problems.HasErrors() {
			t.Errorf("%s is taken", bad)
		}
	}
}

// TestDelaysAddUp: exact units are exact, calendar units keep the time on the wall, and time never runs backwards.
func TestDelaysAddUp(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	units := map[string]time.Duration{"SECONDS": time.Second, "MINUTES": time.Minute, "HOURS": time.Hour, "HALF_DAYS": 12 * time.Hour, "DAYS": 0, "WEEKS": 0, "MONTHS": 0, "YEARS": 0}
	names := []string{"SECONDS", "MINUTES", "HOURS", "HALF_DAYS", "DAYS", "WEEKS", "MONTHS", "YEARS"}
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "now"), 0).In(zone)
		delta := rapid.IntRange(0, 500).Draw(t, "delta")
		unit := rapid.SampledFrom(names).Draw(t, "unit")
		out := mustCompile(t, newEnv(), delay(delta, unit)).Run(context.Background(), scope(now, nil, world{}))
		if out.WaitUntil == nil {
			t.Fatalf("%+v", out)
		}
		then := *out.WaitUntil
		if then.Before(now) {
			t.Fatalf("%d %s from %s lead back to %s", delta, unit, now, then)
		}
		if each := units[unit]; each > 0 {
			if got := then.Sub(now); got != time.Duration(delta)*each {
				t.Fatalf("%d %s are %s", delta, unit, got)
			}
			return
		}
		// The hour that a change to summer time leaves out is the one exception.
		if then.Minute() != now.Minute() || then.Hour() != now.Hour() && then.Hour() != (now.Hour()+1)%24 {
			t.Fatalf("%d %s from %s lead to %s", delta, unit, now, then)
		}
	})
}

// TestRelativeMoments: never before now, on a day and at a time that was asked for, and no later than needed.
func TestRelativeMoments(t *testing.T) {
	t.Parallel()
	week := []string{"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"}
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "now"), 0).UTC()
		delta := rapid.IntRange(0, 40).Draw(t, "days")
		hour, minute := rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute")
		days := rapid.SliceOfNDistinct(rapid.SampledFrom(week), 1, 7, rapid.ID).Draw(t, "weekdays")
		value := fmt.Sprintf(`{"type":"RELATIVE_DATETIME","timeDelay":{"delta":%d,"timeUnit":"DAYS","daysOfWeek":["%s"],"timeOfDay":{"hour":%d,"minute":%d}}}`,
			delta, strings.Join(days, `","`), hour, minute)
		text := to(mustCompile(t, newEnv(), setProperty("moment", value)).Run(context.Background(), scope(now, nil, world{})))
		then, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if then.Before(now) || then.Hour() != hour || then.Minute() != minute || then.Sub(now) > time.Duration(delta+8)*24*time.Hour {
			t.Fatalf("%s from %s leads to %s", value, now, then)
		}
		if !strings.Contains(strings.Join(days, " "), strings.ToUpper(then.Weekday().String())) {
			t.Fatalf("%s is a %s, want one of %v", then, then.Weekday(), days)
		}
	})
}

// decimal draws a number as a property holds it.
var decimal = rapid.Custom(func(t *rapid.T) string {
	s := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,15})?`).Draw(t, "decimal")
	return s
})

func TestIncrementIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now, amount := decimal.Draw(t, "now"), decimal.Draw(t, "amount")
		r := mustCompile(t, newEnv(), setProperty("score", `{"type":"INCREMENT","incrementAmount":"`+amount+`"}`))
		got := to(r.Run(context.Background(), scope(monday, map[string]string{"score": now}, world{})))
		a, _ := new(big.Rat).SetString(now)
		b, _ := new(big.Rat).SetString(amount)
		sum, ok := new(big.Rat).SetString(got)
		if !ok || sum.Cmp(a.Add(a, b)) != 0 {
			t.Fatalf("%s + %s = %s", now, amount, got)
		}
		if strings.ContainsAny(got, "eE/+") || strings.Contains(got, ".") && strings.HasSuffix(got, "0") || got == "-0" {
			t.Fatalf("%s + %s is written as %s", now, amount, got)
		}
	})
}

func TestRandomSplitShares(t *testing.T) {
	t.Parallel()
	const n = 1000
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.IntRange(0, 100).Draw(t, "first")
		second := rapid.IntRange(0, 100-first).Draw(t, "second")
		shares := []int{first, second, 100 - first - second}
		env := newEnv()
		env.Seed = rapid.Int64().Draw(t, "seed")
		text := `"type":"AB_TEST_BRANCH","testBranches":[`
		for i, share := range shares {
			if i > 0 {
				text += ","
			}
			text += fmt.Sprintf(`{"connection":{"edgeType":"STANDARD","nextActionId":"%d"},"percentage":%d}`, i, share)
		}
		r := mustCompile(t, env, text+"]")
		counts := map[string]int{}
		for i := range n {
			out := r.Run(context.Background(), splitScope(i))
			if out.State != run.Success || !out.NextSet || out.Branch == nil {
				t.Fatalf("%+v", out)
			}
			if i%50 == 0 && *r.Run(context.Background(), splitScope(i)).Branch != *out.Branch {
				t.Fatal("the same record goes another way")
			}
			counts[*out.Branch]++
		}
		for i, share := range shares {
			got, want := counts[flow.TestArm(i)], n*share/100
			// Six standard deviations of a fair draw are below 100; nothing at all goes where nothing should.
			if got < want-100 || got > want+100 || share == 0 && got > 0 {
				t.Fatalf("arm %s of %v gets %d of %d", flow.TestArm(i), shares, got, n)
			}
		}
	})
}

func TestRandomSplitWithoutPercentages(t *testing.T) {
	t.Parallel()
	arm := `{"edgeType":"STANDARD","nextActionId":"1"}`
	r := mustCompile(t, newEnv(), `"type":"AB_TEST_BRANCH","testBranches":[`+arm+`,`+arm+`,`+arm+`]`)
	counts := map[string]int{}
	for i := range 3000 {
		counts[*r.Run(context.Background(), splitScope(i)).Branch]++
	}
	for _, name := range []string{"A", "B", "C"} {
		if counts[name] < 850 || counts[name] > 1150 {
			t.Errorf("arm %s gets %d of 3000", name, counts[name])
		}
	}
	half := mustCompile(t, newEnv(), `"type":"AB_TEST_BRANCH","testBranches":[{"connection":`+arm+`,"percentage":80},{"connection":`+arm+`},{"connection":`+arm+`}]`)
	counts = map[string]int{}
	for i := range 3000 {
		counts[*half.Run(context.Background(), splitScope(i)).Branch]++
	}
	if counts["A"] < 2250 || counts["A"] > 2550 || counts["B"] < 200 || counts["C"] < 200 {
		t.Errorf("80 percent and two arms that share the rest: %v", counts)
	}
	for _, bad := range []string{`"testBranches":[]`, `"testBranches":[{"percentage":60},{"percentage":60}]`, `"testBranches":[{"percentage":10},{"percentage":20}]`} {
		if _, _, problems := compile(newEnv(), `"type":"AB_TEST_BRANCH",`+bad); !problems.HasErrors() {
			t.Errorf("%s is taken", bad)
		}
	}
}
