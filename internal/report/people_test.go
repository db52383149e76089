package report_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/hubspot"
	"askflow/internal/report"
	"askflow/internal/run"
)

// An enrollment names what ids stand for, shows times as the portal's people read them, and says nothing twice.
func TestEnrollmentForPeople(t *testing.T) {
	t.Parallel()
	prompt := "Grade \"this\"\nnow"
	r := &run.Result{
		Record: run.RecordRef{ObjectType: "contact", ID: "1"}, Enrollment: run.Enrollment{State: run.Completed},
		Steps: []run.Step{
			{ActionID: "1", Label: "Ask OpenAI Assistant", State: run.FailContinue,
				Error: &run.Error{Code: "no_scripted_answer", Message: `nothing fits the prompt "Grade \"this\"\n…" of record 1`},
				Ask: &run.Ask{Assistant: "asst_8v", Model: "gpt-6-luna", Protocol: "responses", Prompt: prompt, History: []run.Attempt{
					{Code: "timeout", Message: "no answer in 60s"}, {Status: 400, Code: "no_scripted_answer", Message: `nothing fits the prompt "Grade \"this\" now" of record 1`}}}},
			{ActionID: "2", Label: "Edit record", State: run.Success},
			{ActionID: "3", Label: "Delay", State: run.Success, WaitUntil: ptr(time.Date(2026, 1, 7, 14, 0, 0, 0, time.UTC))},
		},
		Effects: []run.Effect{{Type: run.EffectTask, ActionID: "4", RecordID: "9", Properties: map[string]string{"hs_timestamp": "2026-01-08T14:03:01.318Z"}}},
	}
	people := report.People{
		Assistant: func(string) string { return "Grader" },
		Step:      func(id string) string { return map[string]string{"2": "lead_grade"}[id] },
		Zone:      time.FixedZone("EST", -5*60*60),
	}
	var b strings.Builder
	report.Enrollment(&b, report.Style{Width: 120}, r, people)
	want := `contact (contact 1)  COMPLETED

[1] Ask OpenAI Assistant  FAIL_CONTINUE
  error       no_scripted_answer: nothing fits this prompt of record 1
  asked       Grader (asst_8v) · gpt-6-luna · responses
  prompt      Grade "this"
              now
  attempt 1   timeout: no answer in 60s
  attempt 2   400 no_scripted_answer: nothing fits this prompt of record 1

[2] Edit record lead_grade  SUCCESS

[3] Delay  SUCCESS
  until       Wed 2026-01-07 09:00 EST

Effects
  [4] TASK 9
      due         Thu 2026-01-08 09:03 EST
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// What another prompt's text is, or is no quoted text, stays in the message; an assistant called by its id is named once.
func TestEnrollmentLeavesTheRest(t *testing.T) {
	t.Parallel()
	for _, message := range []string{`the prompt "another" is it`, `the prompt "open`, `the prompt is long`} {
		r := &run.Result{Steps: []run.Step{{ActionID: "1", Error: &run.Error{Code: "x", Message: message}, Ask: &run.Ask{Assistant: "grader", Prompt: "Grade"}}}}
		var b strings.Builder
		report.Enrollment(&b, report.Style{Width: 120}, r, report.People{Assistant: func(id string) string { return id }})
		if !strings.Contains(b.String(), "x: "+message+"\n") || strings.Contains(b.String(), "grader (grader)") {
			t.Errorf("%q becomes\n%s", message, b.String())
		}
	}
}

func associations(objectType, id string) []hubspot.Association {
	return []hubspot.Association{{ObjectType: objectType, RecordID: id}}
}

func TestEffectLine(t *testing.T) {
	t.Parallel()
	people := report.People{User: func(string) string { return "Mara" }, Owner: func(string) string { return "Mara" }, Zone: time.UTC}
	for want, e := range map[string]run.Effect{
		"contact.state = CA":                          {Type: run.EffectProperty, ObjectType: "contact", Property: "state", To: ptr("CA")},
		"contact.state = (empty)":                     {Type: run.EffectProperty, ObjectType: "contact", Property: "state"},
		"NOTIFICATION to Mara (1): Hot: one two":      {Type: run.EffectNotification, UserIDs: []string{"1"}, Subject: ptr("Hot"), Body: ptr("one\ntwo")},
		"TASK: Call, type CALL, owner Mara (9)":       {Type: run.EffectTask, Properties: map[string]string{"hs_task_subject": "Call", "hs_task_type": "CALL", "hubspot_owner_id": "9"}},
		"RECORD deal: dealname = D\u241b → contact 1": {Type: run.EffectRecord, ObjectType: "deal", Properties: map[string]string{"dealname": "D\x1b"}, Associations: associations("contact", "1")},
		"ASSOCIATION contact 1 → company 2":           {Type: run.EffectAssociation, ObjectType: "contact", RecordID: "1", Associations: associations("company", "2")},
		"TASK: , due Mon 2026-01-05 09:00 UTC":        {Type: run.EffectTask, Properties: map[string]string{"hs_timestamp": "2026-01-05T09:00:00Z"}},
		"TASK: , due tomorrow":                        {Type: run.EffectTask, Properties: map[string]string{"hs_timestamp": "tomorrow"}},
		"EMAIL to nobody: (empty): (empty)":           {Type: run.EffectEmail},
	} {
		if got := report.EffectLine(&e, people); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Whatever stands before a sentence, no line of it is wider than the terminal as long as its words are not, and no word is
// torn.
func TestSentenceAt(t *testing.T) {
	t.Parallel()
	text := "the property lead_grade takes one of the values A, B and C only"
	for width := 24; width < 90; width++ {
		for _, column := range []int{4, 9, 20, width - 3, width + 10} {
			got := strings.Repeat("#", column) + (report.Style{Width: width, Terminal: true}).SentenceAt(column, text, 4)
			for i, line := range strings.Split(got, "\n") {
				if report.Width(line) > width && !(i == 0 && strings.Trim(line, "#") == "") {
					t.Errorf("%d columns wide, not %d: %q", report.Width(line), width, line)
				}
			}
			if words := strings.Fields(strings.TrimLeft(got, "#")); strings.Join(words, " ") != text {
				t.Errorf("at %d of %d: %q", column, width, got)
			}
		}
	}
	if got := (report.Style{Width: 24}).SentenceAt(20, text, 4); got != text {
		t.Errorf("off a terminal: %q", got)
	}
}

// Only a run that stubs steps says that steps were stubbed.
func TestTotalsOfStubs(t *testing.T) {
	t.Parallel()
	for settings, want := range map[string]string{`{"request":{"stubs":["4"]}}`: "2 steps not emulated, or stubbed\n", `{"request":{}}`: "2 steps not emulated\n", `{`: "2 steps not emulated\n"} {
		var b strings.Builder
		report.Totals(&b, report.Style{Width: 80}, &run.Run{Settings: json.RawMessage(settings), Totals: run.Totals{Considered: 1, SkippedSteps: 2}})
		if !strings.HasSuffix(b.String(), want) {
			t.Errorf("%s: %q", settings, b.String())
		}
	}
}
