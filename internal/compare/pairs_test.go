package compare_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/compare"
	"askflow/internal/flow"
	"askflow/internal/run"
)

// asked is a row of a record that asked in these steps, one after the other: "id name answer", without an answer where none came.
func asked(steps ...string) run.Row {
	var list []string
	visits := map[string]int{}
	for _, s := range steps {
		part := strings.Split(s, " ")
		visits[part[0]]++
		answer, visit := "", ""
		if len(part) > 2 {
			answer = fmt.Sprintf(`,"response":%q`, part[2])
		}
		if n := visits[part[0]]; n > 1 {
			visit = fmt.Sprintf(`,"visit":%d`, n)
		}
		list = append(list, fmt.Sprintf(`{"actionId":%q,"actionTypeId":"x","name":%q,"state":"SUCCESS"%s,"ask":{"assistant":"a","model":"m","protocol":"p","prompt":"P","attempts":1%s}}`, part[0], strings.Trim(part[1], "-"), visit, answer))
	}
	return run.Row{Record: run.RecordRef{ObjectType: "contact", ID: "1"}, State: run.Completed, Steps: []byte("[" + strings.Join(list, ",") + "]"), Effects: []byte("[]")}
}

// A record differs in its responses when any of its asks was answered otherwise, whatever the last one said.
func TestEveryAnswerCounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a, b    run.Row
		differs string
		apart   string
	}{
		"the first of two":              {asked("1 qualify A", "2 draft Hello"), asked("1 qualify B", "2 draft Hello"), "response", "qualify 1"},
		"both":                          {asked("1 qualify A", "2 draft Hello"), asked("1 qualify B", "2 draft Bye"), "response", "qualify 1, draft 1"},
		"a visit of a loop":             {asked("1 qualify A", "1 qualify B", "1 qualify C"), asked("1 qualify A", "1 qualify X", "1 qualify C"), "response", "qualify 2"},
		"none and not asked":            {asked("1 qualify A", "2 draft"), asked("1 qualify A"), "path", ""},
		"answered and not asked":        {asked("1 qualify A", "2 - Hello"), asked("1 qualify A"), "path,response", "2 1"},
		"empty and none":                {asked("1 qualify A", "2 draft "), asked("1 qualify A", "2 draft"), "response", "draft 1"},
		"one ask, another action":       {asked("1 qualify A"), asked("7 grade A"), "path", ""},
		"one ask, another and answer":   {asked("1 qualify A"), asked("7 grade B"), "path,response", "grade 1"},
		"steps change their places":     {asked("1 qualify A", "2 draft Hello"), asked("2 draft Hello", "1 qualify A"), "path", ""},
		"the last answer, swapped over": {asked("1 qualify A", "2 draft B"), asked("1 qualify B", "2 draft A"), "response", "qualify 1, draft 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &memory{runs: map[string][]run.Row{"r1": {c.a}, "r2": {c.b}}}
			page, err := compare.Runs(m, "r1", "r2").Page(t.Context(), compare.Query{})
			if err != nil || len(page.Diffs) != 1 {
				t.Fatal(page, err)
			}
			var apart []string
			for _, p := range page.Diffs[0].Apart() {
				apart = append(apart, fmt.Sprintf("%s %d", p.Step, p.Visit))
			}
			if got := strings.Join(page.Diffs[0].Differs, ","); got != c.differs || strings.Join(apart, ", ") != c.apart {
				t.Errorf("differs in %s: %s; want %s: %s", got, strings.Join(apart, ", "), c.differs, c.apart)
			}
		})
	}
}

// Each side lists its answers where there are several; one is the response.
func TestAnswersInJSON(t *testing.T) {
	t.Parallel()
	m := &memory{runs: map[string][]run.Row{"r1": {asked("1 qualify A", "2 - Hello")}, "r2": {asked("1 qualify B")}}}
	page, err := compare.Runs(m, "r1", "r2").Page(t.Context(), compare.Query{})
	if err != nil || len(page.Diffs) != 1 {
		t.Fatal(page, err)
	}
	got, err := json.Marshal(page.Diffs[0])
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"record":{"objectType":"contact","id":"1"},"differs":["path","response"],` +
		`"a":{"state":"COMPLETED","response":"Hello","answers":[{"step":"qualify","response":"A"},{"step":"2","response":"Hello"}],"path":["1","2"],"effects":[]},` +
		`"b":{"state":"COMPLETED","response":"B","path":["1"],"effects":[]}}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

// Records that are always told are told once, with nothing that differs; the others stay alike.
func TestAlwaysTold(t *testing.T) {
	t.Parallel()
	answers := func(int) string { return "A" }
	m := &memory{runs: map[string][]run.Row{"r1": rows(3, answers), "r2": rows(3, answers)}}
	c := compare.Runs(m, "r1", "r2")
	c.Always(func(r run.RecordRef) bool { return r.ID == "1" })
	var told []string
	same, err := c.Each(t.Context(), func(d *compare.Diff) error {
		told = append(told, fmt.Sprintf("%s %v %t", d.Record.ID, d.Differs, d.Differs == nil))
		return nil
	})
	if diff := cmp.Diff([]string{"1 [] false"}, told); diff != "" || same != 2 || err != nil {
		t.Errorf("%d alike, %v\n%s", same, err, diff)
	}
}

// Where a person types a command is no setting, and flags are called as they are typed.
func TestSettingsAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	a, b := ranWith("P", "S", "1"), ranWith("P", "S", "1")
	b.Settings = json.RawMessage(`{"request":{"workflow":"w","model":"m","dir":"/elsewhere","prompts":{"":"Q"},"maxCost":"1"},"answers":"scripted"}`)
	want := []compare.Change{{What: "settings", Name: "max-cost"}, {What: "settings", Name: "prompt"}}
	if diff := cmp.Diff(want, compare.Changes(a, b, flow.DefaultOpenAIAction(), nil)); diff != "" {
		t.Error(diff)
	}
}
