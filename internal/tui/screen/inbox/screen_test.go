package inbox_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/tui/app"
	"askflow/internal/tui/screen/inbox"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// core serves effects from a list, as pages.
type core struct {
	service.Workflows
	service.Account
	items   []run.EffectItem
	queries []run.EffectQuery
	err     error
}

func (c *core) Portal(context.Context) (*service.Portal, error) {
	return &service.Portal{Dir: "/p", Name: "Northwind", TimeZone: "Europe/Berlin", Users: []hubspot.User{
		{ID: "11", OwnerID: "9011", Name: "Mara Lind", Email: "mara@northwind.example", Teams: []string{"EMEA"}}, {ID: "12", OwnerID: "9012", Name: "Joon Park"}}}, nil
}
func (c *core) Status(context.Context) (*service.AccountStatus, error) { return nil, context.Canceled }

// stored lists two runs.
type stored struct{ service.Runs }

func (stored) List(context.Context, run.RunQuery) ([]*run.Run, error) {
	return []*run.Run{{ID: "r2", Workflow: run.Workflow{Name: "Lead qualification"}}, {ID: "r1", Workflow: run.Workflow{Name: "Lead qualification"}}}, nil
}

func (c *core) Effects(_ context.Context, q run.EffectQuery) (run.EffectPage, error) {
	c.queries = append(c.queries, q)
	if c.err != nil {
		return run.EffectPage{}, c.err
	}
	start := 0
	for i, it := range c.items {
		if it.EffectKey == q.After {
			start = i + 1
		}
	}
	page := run.EffectPage{}
	for i := start; i < len(c.items); i++ {
		if page.Scanned == q.Scan || len(page.Items) == q.Limit {
			page.More = true
			break
		}
		it := c.items[i]
		page.Scanned++
		page.Next = it.EffectKey
		if wanted(q, it) {
			page.Items = append(page.Items, it)
		}
	}
	return page, nil
}

func wanted(q run.EffectQuery, it run.EffectItem) bool {
	ok := false
	for _, t := range q.Types {
		ok = ok || t == it.Effect.Type
	}
	if q.User != "" {
		mine := it.Effect.Properties["hubspot_owner_id"] == q.Owner
		for _, u := range it.Effect.UserIDs {
			mine = mine || u == q.User
		}
		ok = ok && mine
	}
	return ok && (q.Run == "" || q.Run == it.Run)
}

func item(id string, seq int64, e run.Effect) run.EffectItem {
	e.ActionID = "4"
	return run.EffectItem{EffectKey: run.EffectKey{Run: id, Seq: seq}, Workflow: run.Workflow{Name: "Lead qualification"}, Record: run.RecordRef{ObjectType: "contact", ID: fmt.Sprint(100 + seq), Name: "Ada Byron"}, Effect: e}
}

func words(s string) *string { return &s }

func some() []run.EffectItem {
	return []run.EffectItem{
		item("r2", 0, run.Effect{Type: run.EffectNotification, UserIDs: []string{"11", "99"}, Subject: words("Hot lead Ada"), Body: words("Grade A: budget approved")}),
		item("r2", 1, run.Effect{Type: run.EffectTask, Properties: map[string]string{"hs_task_subject": "Call Grace", "hs_task_body": "She asked for a quote", "hs_task_type": "CALL", "hs_task_priority": "HIGH", "hubspot_owner_id": "9012", "hs_timestamp": "2026-01-06T08:00:00Z"},
			Associations: []hubspot.Association{{ObjectType: "contact", RecordID: "101"}, {ObjectType: "company", RecordID: "501"}}}),
		item("r1", 0, run.Effect{Type: run.EffectEmail, UserIDs: []string{"12"}, Subject: words("Summary"), Body: words("<p>Dear &lt;you&gt;</p><ul><li>one</li><li>two</li></ul>")}),
	}
}

func drive(t testing.TB, c *core, width, height int) (*tuitest.Driver, *[ui.Places]*tuitest.Elsewhere) {
	t.Helper()
	opt := app.Options{Services: &service.Services{Workflows: c, Account: c, Runs: stored{}, Inbox: c}, Keys: tuitest.Keys(t, inbox.Keys())}
	opt.Screens[ui.Inbox] = inbox.New
	s := tuitest.NewStage(t, opt, ui.Inbox, width, height)
	return s.Driver, &s.Others
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		d, _ := drive(t, &core{items: some()}, size[0], size[1])
		tuitest.Golden(t, fmt.Sprintf("task-%d", size[0]), d.Press("down").Screen())
		tuitest.Golden(t, fmt.Sprintf("mail-%d", size[0]), d.Press("down").Screen())
	}
	d, _ := drive(t, &core{}, 80, 24)
	tuitest.Golden(t, "empty-80", d.Screen())
}

func TestJumps(t *testing.T) {
	t.Parallel()
	d, others := drive(t, &core{items: some()}, 100, 30)
	d.Press("down").See("Call Grace", "Joon Park", "Tue 2026-01-06 09:00 CET", "HIGH", "company 501").Press("enter").See("this is Runs")
	want := ui.ShowRun{ID: "r2", Row: true, Seq: 1, Action: "4"}
	if got := others[ui.Runs].Got; len(got) == 0 || got[len(got)-1] != tea.Msg(want) {
		t.Errorf("Runs got %v", got)
	}
	d.Press("5", "s")
	if got := others[ui.Records].Got; len(got) == 0 || got[len(got)-1] != tea.Msg(ui.ShowRecord{ObjectType: "contact", ID: "101"}) {
		t.Errorf("Records got %v", got)
	}
}

func (c *core) Workflow(_ context.Context, file string) (*service.Workflow, error) {
	return &service.Workflow{Item: &service.WorkflowItem{File: file}, Flow: &flow.Flow{Actions: []*flow.Action{{ID: "4", Name: "call_them"}}}}, nil
}

// The id of an action is not its place in the record's timeline, so its name stands beside it.
func TestTheStepIsCalledByItsName(t *testing.T) {
	t.Parallel()
	c := &core{items: some()[1:2]}
	c.items[0].Workflow.File = "workflows/lead.yaml"
	d, _ := drive(t, c, 100, 30)
	d.See("Made by     action 4 (call_them) of").NotSee("0%")
	d.Press("/").See("⏎ keep", "Esc clear").Type("zzz").Press("esc").See("Call Grace").NotSee("zzz")
}

func TestNarrowing(t *testing.T) {
	t.Parallel()
	c := &core{items: some()}
	d, _ := drive(t, c, 100, 30)
	d.Press("!").See("Hot lead Ada").NotSee("Call Grace").Press("!", "!").See("Call Grace").NotSee("Hot lead", "Summary")
	d.Press("!", "u").See("For whom").Type("joon").Press("enter").See("Call Grace", "Summary", "for Joon Park").NotSee("Hot lead")
	d.Press("X").See("Hot lead Ada").Press("r").Type("r1").Press("enter").See("Summary").NotSee("Call Grace")
	d.Press("X", "/").Type("kind:task grace").Press("enter").See("Call Grace").NotSee("Hot lead", "Summary")
	d.Press("f").See("Hot lead").Press("f").NotSee("Hot lead")
	d.Press("/").Press("esc").See("Hot lead")
	d.Press("/").Type("nothing is like this").Press("enter").See("Nothing here is like that")
}

func TestCopyAndPlainText(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, &core{items: some()}, 100, 30)
	d.Press("end").See("Dear <you>", "• one", "• two").Press("y")
	if want := "Summary\n\nDear <you>\n• one\n• two"; d.Clipboard != want {
		t.Errorf("copied %q, want %q", d.Clipboard, want)
	}
}

func TestLongListsComeInPages(t *testing.T) {
	t.Parallel()
	c := &core{}
	for i := range 50_000 {
		c.items = append(c.items, item("r1", int64(i), run.Effect{Type: run.EffectNotification, UserIDs: []string{"11"}, Subject: words(fmt.Sprintf("message %d.", i))}))
	}
	d, _ := drive(t, c, 100, 30)
	for range 40 {
		d.Press("pgdown")
	}
	d.See("message ").NotSee("message 0.")
	if n := len(c.queries); n > 60 {
		t.Errorf("%d pages were read for 40 screens", n)
	}
	c.queries = nil
	d.Press("/").Type("49999.").Press("enter").See("message 49999.")
	if n := len(c.queries); n < 3 {
		t.Errorf("a rare text was looked for in %d slices", n)
	}
}

func TestErrorsAreShownAndGoAway(t *testing.T) {
	t.Parallel()
	c := &core{err: &service.Error{Code: service.CodeDatabaseLocked, Message: "Another program holds the database.", Hint: "it is tried again"}}
	d, _ := drive(t, c, 100, 30)
	d.See("Another program holds the database.")
	c.err, c.items = nil, some()
	d.Msg(service.Event{Kind: service.EventRuns}).See("Hot lead").NotSee("Another program")
}

func TestHostileTextsAreHarmless(t *testing.T) {
	t.Parallel()
	evil := "\x1b]0;owned\x07\x1b[31mred\x9b2J \u202eright\u200b e" + strings.Repeat("\u0301", 300) + strings.Repeat("x", 10_000)
	c := &core{items: []run.EffectItem{
		item("r1\x1b[2J", 0, run.Effect{Type: run.EffectNotification, UserIDs: []string{evil}, TeamIDs: []string{evil}, Subject: &evil, Body: words(strings.Repeat(evil, 500))}),
		item("r1", 1, run.Effect{Type: run.EffectTask, Properties: map[string]string{"hs_task_subject": evil, "hs_task_body": evil, "hs_timestamp": evil, "hs_task_type": evil, "hubspot_owner_id": evil}}),
	}}
	c.items[0].Record = run.RecordRef{ObjectType: evil, ID: evil, Name: evil}
	c.items[0].Workflow.Name = evil
	for _, width := range []int{60, 80, 120} {
		d, _ := drive(t, c, width, 30)
		for _, key := range []string{"down", "up", "right", "end"} {
			frame := d.Press(key).Styled()
			tuitest.Harmless(t, frame, width)
			if strings.Contains(frame, "\x1b[31mred") {
				t.Fatalf("width %d: the frame holds a style that is data", width)
			}
		}
	}
}

func BenchmarkKeyToFrame(b *testing.B) {
	c := &core{}
	for i := range 500 {
		c.items = append(c.items, item("r1", int64(i), run.Effect{Type: run.EffectNotification, UserIDs: []string{"11"}, Subject: words("a message of the usual length"), Body: words(strings.Repeat("word ", 200))}))
	}
	d, _ := drive(b, c, 200, 60)
	for b.Loop() {
		d.Press("down").Styled()
	}
}
