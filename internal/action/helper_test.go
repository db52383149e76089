package action_test

import (
	"context"
	"fmt"
	"time"

	"askflow/internal/action"
	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/source"
)

type world struct{ associated map[string][]*hubspot.Record }

func (w world) Associated(_ *hubspot.Record, toType string, _ hubspot.AssociationType) []*hubspot.Record {
	return w.associated[toType]
}
func (world) Find(string, string) *hubspot.Record { return nil }
func (world) InList(string, string, string) bool  { return false }

type asker func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error)

func (f asker) Ask(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
	return f(ctx, q)
}

// monday is where timelines start, unless a test says otherwise.
var monday = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func berlin(t interface{ Fatal(...any) }) *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// newEnv is a portal with a few users and properties.
func newEnv() *action.Env {
	schema := hubspot.DefaultSchema()
	contact := hubspot.NewProperties("contact", nil)
	old := schema.Of("contact")
	for _, name := range old.Names() {
		p, _ := old.Get(name)
		contact.Add(p)
	}
	options := []hubspot.Option{{Value: "red", Label: "Red"}, {Value: "blue", Label: "Blue"}}
	for _, p := range []hubspot.Property{
		{Name: "score", Type: hubspot.TypeNumber}, {Name: "day", Type: hubspot.TypeDate}, {Name: "moment", Type: hubspot.TypeDatetime},
		{Name: "flag", Type: hubspot.TypeBool}, {Name: "color", Type: hubspot.TypeEnumeration, Options: options},
		{Name: "colors", Type: hubspot.TypeEnumeration, Options: options, Multiple: true},
	} {
		contact.Add(p)
	}
	schema["contact"] = contact
	helper := &assistant.Assistant{ID: "helper", Name: "Helper", Model: "gpt-6-luna"}
	return &action.Env{
		Kinds: flow.NewKinds(flow.DefaultOpenAIAction()), Schema: schema, Location: time.UTC, Seed: 1,
		Users: []hubspot.User{{ID: "11", OwnerID: "9011", Name: "Mara", Teams: []string{"EMEA"}}, {ID: "12", OwnerID: "9012", Name: "Ida", Deactivated: true, Teams: []string{"EMEA"}}},
		Ask: action.AskEnv{Models: assistant.DefaultModels(), MaxOutput: 2000, Protocol: assistant.Responses,
			Asker: asker(func(_ context.Context, q *assistant.Question) (*assistant.Answer, error) {
				return &assistant.Answer{Text: "re " + q.Prompt, Attempts: make([]run.Attempt, 1)}, nil
			}),
			Assistant: func(name string) (*assistant.Assistant, bool) { return helper, name == "helper" }},
	}
}

// compile makes a runner of one action of a contact workflow, written as v4 JSON without its id.
func compile(env *action.Env, text string) (action.Runner, *flow.Action, source.Problems) {
	v4 := fmt.Sprintf(`{"type":"CONTACT_FLOW","flowType":"WORKFLOW","objectTypeId":"0-1","isEnabled":true,"startActionId":"7",
		"dataSources":[{"type":"ASSOCIATION","name":"employer","objectTypeId":"0-2","associationCategory":"HUBSPOT_DEFINED","associationTypeId":279}],
		"actions":[{"actionId":"7",%s}]}`, text)
	n, problems := source.ParseJSON("workflows/test.json", []byte(v4))
	if problems.HasErrors() {
		return nil, nil, problems
	}
	f, problems := flow.Decode("workflows/test.json", n)
	if problems.HasErrors() || f == nil || len(f.Actions) != 1 {
		return nil, nil, append(problems, source.Problem{Severity: source.SeverityError, Message: "no action"})
	}
	env.Flow = f
	runner, found := action.Compile(env, f.Actions[0])
	return runner, f.Actions[0], found
}

func mustCompile(t interface {
	Helper()
	Fatal(...any)
}, env *action.Env, text string) action.Runner {
	t.Helper()
	r, _, problems := compile(env, text)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return r
}

// single is a SINGLE_CONNECTION action.
func single(typeID, fields string) string {
	return fmt.Sprintf(`"type":"SINGLE_CONNECTION","actionTypeId":%q,"actionTypeVersion":0,"fields":{%s}`, typeID, fields)
}

func setProperty(property, value string) string {
	return single(flow.TypeSetProperty, fmt.Sprintf(`"property_name":%q,"value":%s`, property, value))
}

// scope is an enrollment of a contact on a skipped clock.
func scope(now time.Time, properties map[string]string, w world) *action.Scope {
	rec := hubspot.NewRecordFromMap("contact", "101", properties)
	sources := []flow.DataSource{{Type: "ASSOCIATION", Name: "employer", ObjectTypeID: "0-2", AssociationTypeID: 279}}
	s := action.NewScope(3, rec, sources, w, clock.NewTimeline(now, clock.Skip))
	s.Enter("7")
	return s
}

// to is the value that a set property action gives; the error's code when it fails.
func to(out run.Outcome) string {
	if out.Error != nil {
		return "! " + out.Error.Code
	}
	if len(out.Effects) != 1 || out.Effects[0].To == nil {
		return "! no effect"
	}
	return *out.Effects[0].To
}

// splitScope is the enrollment of the i-th of many contacts.
func splitScope(i int) *action.Scope {
	rec := hubspot.NewRecordFromMap("contact", fmt.Sprint(100000+i), nil)
	return action.NewScope(int64(i), rec, nil, world{}, clock.NewTimeline(monday, clock.Skip))
}
