package records_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/hubspot"
	"askflow/internal/records"
	"askflow/internal/run"
	"askflow/internal/service"
	"askflow/internal/source"
	"askflow/internal/tui/app"
	screen "askflow/internal/tui/screen/records"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/ui"
)

// core serves records from lists, as pages with cursors.
type core struct {
	service.Account
	service.Records
	lists    map[string][]*hubspot.Record
	pages    int
	launched service.RunRequest
	problems source.Problems
	err      error
}

type workflows struct{ service.Workflows }

func (workflows) Portal(context.Context) (*service.Portal, error) {
	return &service.Portal{Dir: "/p", Name: "Northwind"}, nil
}

func (workflows) List(context.Context) ([]*service.WorkflowItem, error) {
	contact, _ := hubspot.LookupObjectType("contact")
	company, _ := hubspot.LookupObjectType("company")
	return []*service.WorkflowItem{{File: "workflows/a.yaml", Name: "Lead qualification", ObjectType: contact}, {File: "workflows/b.yaml", Name: "State formatting", ObjectType: contact},
		{File: "workflows/c.yaml", Name: "Company summary", ObjectType: company}}, nil
}

type launcher struct {
	service.Launcher
	c *core
}

func (l launcher) Start(_ context.Context, r service.RunRequest) (*service.Started, error) {
	l.c.launched = r
	return &service.Started{Run: &run.Run{ID: "r1"}}, nil
}

func (c *core) Status(context.Context) (*service.AccountStatus, error) { return nil, context.Canceled }

func (c *core) Objects(context.Context) ([]*service.ObjectInfo, error) {
	if c.err != nil {
		return nil, c.err
	}
	var out []*service.ObjectInfo
	for _, name := range []string{"contact", "company"} {
		if list := c.lists[name]; len(list) > 0 {
			t, _ := hubspot.LookupObjectType(name)
			out = append(out, &service.ObjectInfo{Type: t, Count: int64(len(list))})
		}
	}
	return out, nil
}

func (c *core) Columns(_ context.Context, objectType string) ([]hubspot.Property, error) {
	var out []hubspot.Property
	for _, name := range c.lists[objectType][0].PropertyNames() {
		out = append(out, hubspot.Property{Name: name, Label: strings.ToUpper(name[:1]) + name[1:]})
	}
	return out, nil
}

func (c *core) Page(_ context.Context, q service.RecordQuery) (*service.RecordPage, error) {
	c.pages++
	list, from := c.lists[q.ObjectType], 0
	if q.From != nil {
		from = int(q.From.Place)
	}
	matches := func(r *hubspot.Record) bool {
		if id, is := strings.CutPrefix(q.Filter, "id:"); is {
			return r.ID == strings.Trim(id, `"`)
		}
		return strings.Contains(strings.ToLower(r.Name()), strings.ToLower(q.Filter))
	}
	at := func(n int) *records.Cursor {
		if n <= 0 || n >= len(list) {
			return nil
		}
		return &records.Cursor{Place: int64(n)}
	}
	p := &service.RecordPage{At: int64(from)}
	if q.Backwards {
		i := from
		for ; i > 0 && len(p.Records) < q.Limit; i-- {
			if p.Scanned++; matches(list[i-1]) {
				p.Records = append([]*hubspot.Record{list[i-1]}, p.Records...)
			}
		}
		p.Prev, p.Next = at(i), at(from)
		return p, nil
	}
	i := from
	for ; i < len(list) && len(p.Records) < q.Limit && p.Scanned < int64(q.Scan); i++ {
		if p.Scanned++; matches(list[i]) {
			p.Records = append(p.Records, list[i])
		}
	}
	p.Prev, p.Next = at(from), at(i)
	return p, nil
}

func (c *core) find(objectType, id string) *hubspot.Record {
	for _, r := range c.lists[objectType] {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func (c *core) Record(_ context.Context, objectType, id string) (*service.RecordView, error) {
	r := c.find(objectType, id)
	if r == nil {
		return nil, &service.Error{Message: "There is no such record."}
	}
	v := &service.RecordView{Record: r}
	for _, name := range r.PropertyNames() {
		v.Properties = append(v.Properties, service.PropertyValue{Property: hubspot.Property{Name: name, Label: strings.ToUpper(name[:1]) + name[1:]}, Value: r.Get(name)})
	}
	for _, a := range r.Associations {
		v.Associations = append(v.Associations, service.Associated{ObjectType: a.ObjectType, ID: a.RecordID, Name: "Northwind Ltd", Label: "Primary"})
	}
	return v, nil
}

func (c *core) Explain(_ context.Context, _, id string) ([]*service.Explanation, error) {
	return []*service.Explanation{
		{File: "workflows/a.yaml", Name: "Lead qualification", Reason: "lifecyclestage", Sections: []service.ExplainSection{{Title: "enrollment triggers", Groups: [][]service.ExplainCondition{
			{{OK: true, Sentence: "message is known"}, {Sentence: `lifecyclestage is "customer", not any of lead, marketingqualifiedlead`, Property: "lifecyclestage"}},
			{{Unknown: true, Sentence: "fixtures cannot say whether it filled in a form"}}}}}},
		{File: "workflows/b.yaml", Name: "State formatting", Enrolls: id != "0", Sections: []service.ExplainSection{{Title: "enrollment triggers", OK: true, Groups: [][]service.ExplainCondition{{{OK: true, Sentence: "state is known"}}}}}},
	}, nil
}

func (c *core) Check(_ context.Context, objectType string) (*service.RecordCheck, error) {
	return &service.RecordCheck{Count: int64(len(c.lists[objectType])), Problems: c.problems}, nil
}

func people(n int) []*hubspot.Record {
	var out []*hubspot.Record
	for i := range n {
		r := hubspot.NewRecordFromMap("contact", strconv.Itoa(100+i), map[string]string{"firstname": "Person", "lastname": fmt.Sprintf("No%d.", i), "email": fmt.Sprintf("p%d@example.com", i), "state": "CA", "notes": ""})
		r.Associations = []hubspot.Association{{ObjectType: "company", RecordID: "501"}}
		out = append(out, r)
	}
	return out
}

func companies() []*hubspot.Record {
	return []*hubspot.Record{hubspot.NewRecordFromMap("company", "501", map[string]string{"name": "Northwind Ltd", "domain": "northwind.example"})}
}

func drive(t testing.TB, c *core, width, height int) (*tuitest.Driver, *[ui.Places]*tuitest.Elsewhere) {
	t.Helper()
	opt := app.Options{Services: &service.Services{Workflows: workflows{}, Account: c, Records: c, Launcher: launcher{c: c}}, Keys: tuitest.Keys(t, screen.Keys())}
	opt.Screens[ui.Records] = screen.New
	s := tuitest.NewStage(t, opt, ui.Records, width, height)
	return s.Driver, &s.Others
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		d, _ := drive(t, &core{lists: map[string][]*hubspot.Record{"contact": people(200), "company": companies()}}, size[0], size[1])
		tuitest.Golden(t, fmt.Sprintf("properties-%d", size[0]), d.Press("down").Screen())
		tuitest.Golden(t, fmt.Sprintf("why-%d", size[0]), d.Press("]").Screen())
	}
	d, _ := drive(t, &core{}, 80, 24)
	tuitest.Golden(t, "empty-80", d.Screen())
}

func TestWhyARecordDoesNotEnroll(t *testing.T) {
	t.Parallel()
	d, others := drive(t, &core{lists: map[string][]*hubspot.Record{"contact": people(3)}}, 120, 40)
	d.Press("]").See("✗ Lead qualification: would not enroll", "✓ message is known", `✗ lifecyclestage is "customer"`, "or", "? fixtures cannot say", "✓ State formatting: would enroll")
	d.Press("enter", "enter").See("Go to a workflow").Press("enter").See("this is Workflows")
	if got := others[ui.Workflows].Got; got[len(got)-1] != tea.Msg(ui.ShowWorkflow{File: "workflows/a.yaml"}) {
		t.Errorf("Workflows got %v", got)
	}
}

func TestRunOnlyTheMarked(t *testing.T) {
	t.Parallel()
	c := &core{lists: map[string][]*hubspot.Record{"contact": people(9)}}
	d, _ := drive(t, c, 120, 40)
	d.Press("space", "down", "space").See("2 marked").Press("r").See("Run 2 records through", "State formatting").NotSee("Company summary").Press("down", "enter")
	if want := (service.RunRequest{Workflow: "workflows/b.yaml", Enroll: "100,102"}); c.launched.Workflow != want.Workflow || c.launched.Enroll != want.Enroll {
		t.Errorf("launched %+v, want %+v", c.launched, want)
	}
	d.See("this is Runs")
}

func TestObjectTypesAndAssociations(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, &core{lists: map[string][]*hubspot.Record{"contact": people(3), "company": companies()}}, 120, 40)
	d.See("‹contacts›", "3 contacts").Press("right").See("‹companies›", "Northwind Ltd").Press("right").See("‹contacts›")
	d.Press("[").See("Primary").Press("enter", "enter").See("‹companies›", "northwind.example")
	d.Press("esc", "#").Type("999").Press("enter").See("There is no record 999")
	d.Press("X", "right").See("Person No1.")
}

func TestColumns(t *testing.T) {
	t.Parallel()
	d, _ := drive(t, &core{lists: map[string][]*hubspot.Record{"contact": people(3)}}, 120, 40)
	d.See("Email", "State", "p1@example.com").Press("c").See("● Email").Type("email").Press("enter").See("○ Email").Press("esc").NotSee("  Email").See("State")
}

func TestAMillionRecordsComeInPages(t *testing.T) {
	t.Parallel()
	list := people(30_000)
	c := &core{lists: map[string][]*hubspot.Record{"contact": list}}
	d, _ := drive(t, c, 100, 40)
	for range 400 {
		d.Press("pgdown")
	}
	d.NotSee("No0.")
	for range 500 {
		d.Press("pgup")
	}
	d.See("Person No0.", "Person No1.", "Person No2.")
	pages := c.pages
	d.Press("/").Type("No29999.").Press("enter").See("Person No29999.")
	if c.pages-pages < 3 {
		t.Error("a rare text was not looked for in slices")
	}
	d.Press("/", "esc").See("Person No0.")
}

func TestProblemsOfTheFiles(t *testing.T) {
	t.Parallel()
	c := &core{lists: map[string][]*hubspot.Record{"contact": people(3)}}
	d, _ := drive(t, c, 100, 40)
	d.Press("P").See("Nothing is wrong with 3 contacts.")
	c.problems = source.Problems{{File: "records/contacts.csv", Line: 7, Col: 2, Message: "the id 101 stands twice", Hint: "remove one"}}
	d.Press("P").See("records/contacts.csv:7:2", "the id 101 stands twice", "remove one")
}

func TestErrorsAreShownAndGoAway(t *testing.T) {
	t.Parallel()
	c := &core{err: &service.Error{Message: "The portal folder is gone."}}
	d, _ := drive(t, c, 100, 30)
	d.See("The portal folder is gone.")
	c.err, c.lists = nil, map[string][]*hubspot.Record{"contact": people(3)}
	d.Press("1", "3").See("Person No0.").NotSee("is gone")
}

func TestHostileRecordsAreHarmless(t *testing.T) {
	t.Parallel()
	evil := "\x1b]0;owned\x07\x1b[31mred\u009b2J \u202eright\u200b e" + strings.Repeat("\u0301", 300) + strings.Repeat("x", 10_000)
	bad := hubspot.NewRecordFromMap("contact", evil, map[string]string{"firstname": evil, "email": evil, evil: evil, "big": strings.Repeat("y", 5<<20)})
	bad.Associations = []hubspot.Association{{ObjectType: evil, RecordID: evil}}
	c := &core{lists: map[string][]*hubspot.Record{"contact": {bad, people(1)[0]}}}
	for _, width := range []int{60, 80, 120} {
		d, _ := drive(t, c, width, 30)
		for _, key := range []string{"down", "up", "enter", "]", "]", "end"} {
			frame := d.Press(key).Styled()
			tuitest.Harmless(t, frame, width)
			if strings.Contains(frame, "\x1b[31mred") {
				t.Fatalf("width %d: the frame holds a style that is data", width)
			}
		}
	}
}

func BenchmarkKeyToFrame(b *testing.B) {
	d, _ := drive(b, &core{lists: map[string][]*hubspot.Record{"contact": people(500)}}, 200, 60)
	for b.Loop() {
		d.Press("down").Styled()
	}
}
