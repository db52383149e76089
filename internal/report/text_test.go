package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/report"
	"askflow/internal/run"
)

func ptr[T any](v T) *T { return &v }

func TestNumbersAndCounts(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -999: "-999"} {
		if got := report.Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
	for _, c := range []struct {
		n            int64
		plural, want string
	}{{1, "contacts", "1 contact"}, {2, "contacts", "2 contacts"}, {1, "companies", "1 company"}, {0, "line_items", "0 line items"}, {1, "p_1_cars", "1 p 1 car"}} {
		if got := report.Count(c.n, c.plural); got != c.want {
			t.Errorf("Count(%d, %q) = %q, want %q", c.n, c.plural, got, c.want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0 ms", 999 * time.Millisecond: "999 ms", 1500 * time.Millisecond: "1.5 s", 90 * time.Second: "1m30s"} {
		if got := report.Duration(d); got != want {
			t.Errorf("Duration(%s) = %q, want %q", d, got, want)
		}
	}
}

// everything is a result with each kind of effect, and data that tries to speak to the terminal.
func everything() *run.Result {
	evil := "x\x1b[31m\u202e\x9b"
	return &run.Result{
		Record:     run.RecordRef{ObjectType: "contact", ID: evil, Name: evil + "日本"},
		Enrollment: run.Enrollment{State: run.Unenrolled, Reason: evil},
		Steps: []run.Step{
			{ActionID: "1", Name: evil, Label: evil, State: run.FailContinue, Visit: 2, Branch: ptr(evil), Reason: evil, Pinned: true, Warnings: []string{evil},
				Inputs: map[string]string{evil: evil, "a_very_long_name_of_a_property_indeed": strings.Repeat("word ", 40)},
				Error:  &run.Error{Code: "bad", Message: evil, Hint: evil}, WaitUntil: ptr(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)),
				Ask: &run.Ask{Assistant: evil, Model: evil, Temperature: ptr(0.5), ReasoningEffort: "low", Protocol: "responses", Prompt: evil + "\n\nsecond\r\n", Response: ptr(strings.Repeat("x", 1000)),
					Usage: &run.Usage{InputTokens: 1234, OutputTokens: 5, ReasoningTokens: 2, Estimated: true}, CostUSD: "0.1", LatencyMs: 1500,
					History: []run.Attempt{{Status: 429, Code: "rate_limit_exceeded", Message: evil, WaitMs: 2000}, {Status: 200}}}},
			{ActionID: "2", Label: "Set", State: run.Skipped, Stubbed: true, Error: &run.Error{Code: "other", Message: "m"}},
		},
		Effects: []run.Effect{
			{Type: run.EffectProperty, ActionID: "3", ObjectType: "contact", RecordID: "1", Property: "state", From: ptr("Calif."), To: ptr("CA")},
			{Type: run.EffectProperty, ActionID: "3", ObjectType: "contact", RecordID: "1", Property: "story", To: ptr(strings.Repeat("long ", 100))},
			{Type: run.EffectProperty, ActionID: "3", ObjectType: "contact", RecordID: "1", Property: "gone", From: ptr(evil), To: ptr("")},
			{Type: run.EffectNotification, ActionID: "4", UserIDs: []string{"1", "2"}, TeamIDs: []string{"Sales"}, Subject: ptr(evil), Body: ptr("one\ntwo")},
			{Type: run.EffectEmail, ActionID: "4"},
			{Type: run.EffectTask, ActionID: "5", RecordID: "9", Properties: map[string]string{"hs_task_subject": evil, "hubspot_owner_id": "9", "hs_timestamp": "2026-01-05"}},
			{Type: run.EffectRecord, ActionID: "6", ObjectType: "deal", RecordID: "10", Properties: map[string]string{"dealname": "D"}},
			{Type: run.EffectAssociation, ActionID: "7", ObjectType: "contact", RecordID: "1"},
		},
	}
}

func TestEnrollment(t *testing.T) {
	t.Parallel()
	people := report.People{User: func(id string) string { return map[string]string{"1": "Mara"}[id] }, Owner: func(string) string { return "" }}
	for _, width := range []int{40, 80, 120} {
		var b strings.Builder
		report.Enrollment(&b, report.Style{Width: width}, everything(), people)
		out := b.String()
		if r := harmful(out, true); r != 0 {
			t.Errorf("%U reaches the terminal", r)
		}
		for _, want := range []string{"UNENROLLED", "NOTIFICATION to Mara (1), 2, team Sales", "EMAIL to nobody", "contact.state", "Calif.", "CA", "RECORD deal 10", "TASK 9", "1,234 tokens in, 5 out (2 reasoning), estimated,", "visit 2", "pinned"} {
			if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
				t.Errorf("at %d columns, %q is missing", width, want)
			}
		}
		for _, line := range strings.Split(out, "\n") {
			if strings.HasPrefix(line, "      ") && report.Width(line) > width {
				t.Errorf("%d columns wide: %q", report.Width(line), line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("blanks at the end of %q", line)
			}
		}
	}
	report.Enrollment(&strings.Builder{}, report.Style{Width: 80}, everything(), report.People{}) // without names
}

func TestDoings(t *testing.T) {
	t.Parallel()
	want := "1 task, 1 notification, 1 email, 1 record, 1 association, state = CA, story set, gone cleared, ✗ other"
	if got := report.Doings(everything()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTotals(t *testing.T) {
	t.Parallel()
	r := &run.Run{Workflow: run.Workflow{Name: "Grade leads"}, Answers: "scripted", Era: "responses", Now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Totals: run.Totals{
		Considered: 1205, Enrollments: map[run.State]int64{run.Completed: 1200, run.NotEnrolled: 5}, Asks: 1200, FailedAsks: 3, NoAnswer: 2, Retries: 1,
		InputTokens: 10000, OutputTokens: 2000, CachedTokens: 7, CostUSD: "0.5", UnknownPrice: 1, FailedSteps: 3, SkippedSteps: 1,
		Effects: map[string]int64{"PROPERTY": 1, "TASK": 2}, Answers: map[string]int64{"CA": 700, "NY": 400, "": 100},
	}}
	var b strings.Builder
	report.Header(&b, report.Style{Width: 50}, r, 1205, "contacts")
	report.Totals(&b, report.Style{Width: 40}, r)
	want := `Grade leads · 1,205 contacts · scripted answers
era responses · clock starts 2026-01-05 09:00 UTC

Records    1,200 COMPLETED,
           5 NOT_ENROLLED
Answers    CA×700  NY×400  others×100
Effects    1 property set, 2 tasks
Asks       1,197 answered of 1,200,
           1 retry,
           2 without a scripted answer
Tokens     10,000 in, 2,000 out, 7 cached
Cost       $0.5 and 1 ask of unknown price
Failed     3 steps; the records went on
Skipped    1 step not emulated
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	report.Totals(&b, report.Style{Width: 40}, &run.Run{})
	if b.String() != "No record was considered.\n" {
		t.Errorf("nothing: %q", b.String())
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	text := "one two three four five six seven eight"
	if got := (report.Style{Width: 24}).Sentence(text, 2); got != text {
		t.Errorf("off a terminal: %q", got)
	}
	if got, want := (report.Style{Width: 24, Terminal: true}).Sentence(text, 2), "one two three four\n  five six seven eight"; got != want {
		t.Errorf("on a terminal: %q, want %q", got, want)
	}
}

func TestRunRows(t *testing.T) {
	t.Parallel()
	rows := report.RunRows{Max: 1}
	for i, row := range []run.Row{
		{Record: run.RecordRef{ID: "1", Name: "日本語 " + strings.Repeat("x", 40)}, State: run.Completed, Steps: []byte(`[{"actionId":"1","actionTypeId":"x","state":"SUCCESS","ask":{"assistant":"a","model":"m","protocol":"p","prompt":"","attempts":1,"response":"one\ntwo"}}]`), Effects: []byte("[]")},
		{Record: run.RecordRef{ID: "2"}, State: run.Completed, Steps: []byte("[]"), Effects: []byte("[]")},
		{Record: run.RecordRef{ID: "3"}, State: run.NotEnrolled, Reason: "b\x1b has no value", Steps: []byte("[]"), Effects: []byte("[]")},
		{Record: run.RecordRef{ID: "4"}, State: run.NotEnrolled, Reason: "a", Steps: []byte("[]"), Effects: []byte("[]")},
		{Record: run.RecordRef{ID: "5"}, State: run.NotEnrolled, Reason: "a", Steps: []byte("[]"), Effects: []byte("[]")},
	} {
		if err := rows.Add(&row); err != nil {
			t.Fatal(i, err)
		}
	}
	var b strings.Builder
	if err := rows.Write(&b, report.Style{Width: 80}, "ask for more"); err != nil {
		t.Fatal(err)
	}
	want := `
RECORD  NAME                      STATE      ANSWER   EFFECTS
1       日本語 xxxxxxxxxxxxxxxx…  COMPLETED  one two
… and 1 more: ask for more

3 records did not enroll:
      2  a
      1  b␛ has no value
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	if err := (&report.RunRows{Max: 1}).Add(&run.Row{State: run.Completed, Steps: []byte("{"), Effects: []byte("[]")}); err == nil {
		t.Error("broken JSON in a row is no error")
	}
}

// What was changed about the settings is a note here too, as it is where the workflow is checked.
func TestNotesAndWarningsOfSteps(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	report.Enrollment(&b, report.Style{Width: 200}, &run.Result{Steps: []run.Step{{ActionID: "1", State: run.Success, Warnings: []string{
		run.EffortNoneIsSent + "because of the temperature", "the task is assigned to nobody"}}}}, report.People{})
	for _, want := range []string{"note        reasoning effort none is sent", "warning     the task is assigned"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("want %q in\n%s", want, b.String())
		}
	}
}
