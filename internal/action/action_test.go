package action_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"askflow/internal/action"
	"askflow/internal/assistant"
	"askflow/internal/clock"
	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
)

func TestSetProperty(t *testing.T) {
	t.Parallel()
	static := func(s string) string { return `{"type":"STATIC_VALUE","staticValue":"` + s + `"}` }
	for _, c := range []struct{ name, property, value, want string }{
		{"text", "city", static("Oslo"), "Oslo"},
		{"tokens", "city", static("{{ enrolled_object.firstname }}!"), "Ada!"},
		{"missing token", "city", static("{{ enrolled_object.state }}"), ""},
		{"clear", "city", static(""), ""},
		{"typeless static value", "city", `{"staticValue":"Oslo"}`, "Oslo"},
		{"copy", "city", `{"type":"OBJECT_PROPERTY","propertyName":"firstname"}`, "Ada"},
		{"copy what is empty", "city", `{"type":"OBJECT_PROPERTY","propertyName":"state"}`, ""},
		{"fetched", "city", `{"type":"FETCHED_OBJECT_PROPERTY","propertyToken":"{{ fetched_objects.employer.name }}"}`, "Acme"},
		{"no output", "city", `{"type":"FIELD_DATA","actionId":"5","dataKey":"response"}`, "! missing_output"},
		{"output", "city", `{"type":"FIELD_DATA","actionId":"1","dataKey":"response"}`, "said"},
		{"state of an action", "city", `{"type":"FIELD_DATA","actionId":"1","dataKey":"hs_execution_state"}`, "SUCCESS"},
		{"output by name", "city", static("{{ action_outputs.first.response }}"), "said"},
		{"nothing but a missing output", "city", static(" {{ action_outputs.action_output_5.response }} "), "! missing_output"},
		{"missing output in text", "city", static("-{{ action_outputs.action_output_5.response }}-"), "--"},
		{"execution time", "moment", `{"type":"TIMESTAMP","timestampType":"EXECUTION_TIME"}`, "2026-01-05T09:00:00Z"},
		{"execution day", "day", `{"type":"TIMESTAMP","timestampType":"EXECUTION_TIME"}`, "2026-01-05"},
		{"relative", "day", `{"type":"RELATIVE_DATETIME","timeDelay":{"delta":2,"timeUnit":"WEEKS"}}`, "2026-01-19"},
		{"relative to a weekday", "moment", `{"type":"RELATIVE_DATETIME","timeDelay":{"delta":0,"timeUnit":"DAYS","daysOfWeek":["FRIDAY","TUESDAY"],"timeOfDay":{"hour":7,"minute":5}}}`, "2026-01-06T07:05:00Z"},
		{"relative in a zone", "moment", `{"type":"RELATIVE_DATETIME","timeDelay":{"delta":1,"timeUnit":"DAYS","timeOfDay":{"hour":8,"minute":0},"timeZoneStrategy":{"type":"STATIC_TIME_ZONE","timeZoneId":"America/New_York"}}}`, "2026-01-06T13:00:00Z"},
		{"relative in no zone", "moment", `{"type":"RELATIVE_DATETIME","timeDelay":{"delta":1,"timeUnit":"DAYS","timeZoneStrategy":{"type":"STATIC_TIME_ZONE","timeZoneId":"Mars/Base"}}}`, "! invalid_date"},
		{"relative beyond the calendar", "moment", `{"type":"RELATIVE_DATETIME","timeDelay":{"delta":9,"timeUnit":"MILLENNIA"}}`, "! invalid_date"},
		{"no unit of time", "moment", `{"type":"RELATIVE_DATETIME","timeDelay":{"delta":1,"timeUnit":"FOREVER"}}`, "! invalid_date"},
		{"increment", "score", `{"type":"INCREMENT","incrementAmount":0.1}`, "7.6"},
		{"increment of nothing", "color", `{"type":"INCREMENT","incrementAmount":1}`, "! invalid_property_value"},
		{"increment by no number", "score", `{"type":"INCREMENT","incrementAmount":"1e9"}`, "! invalid_property_value"},
		{"append", "colors", `{"type":"STATIC_APPEND_VALUE","staticAppendValue":" blue ; red;"}`, "red;blue"},
		{"append what is no option", "colors", `{"type":"STATIC_APPEND_VALUE","staticAppendValue":"pink"}`, "! invalid_property_value"},
		{"append a property", "colors", `{"type":"APPEND_OBJECT_PROPERTY","appendPropertyName":"color"}`, "red;blue"},
		{"number", "score", static("-12.50"), "-12.50"},
		{"no number", "score", static("12 EUR"), "! invalid_property_value"},
		{"bool", "flag", static("true"), "true"},
		{"no bool", "flag", static("yes"), "! invalid_property_value"},
		{"date", "day", static("9999-12-31"), "9999-12-31"},
		{"no date", "day", static("31.12.2026"), "! invalid_property_value"},
		{"date beyond the calendar", "day", static("99999999999999999"), "! invalid_property_value"},
		{"option", "color", static("red"), "red"},
		{"label", "color", static("Red"), "! invalid_property_value"},
		{"no such property", "citty", static("x"), "! unknown_property"},
		{"read-only", "createdate", static("2026-01-01"), "! read_only_property"},
		{"not emulated", "city", `{"type":"ENROLLMENT_EVENT_PROPERTY","enrollmentEventPropertyToken":"x"}`, "! not_emulated"},
		{"not known", "city", `{"type":"MOON_PHASE"}`, "! not_emulated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := mustCompile(t, newEnv(), setProperty(c.property, c.value))
			s := scope(monday, map[string]string{"firstname": "Ada", "score": "7.5", "color": "blue", "colors": "red"},
				world{map[string][]*hubspot.Record{"company": {hubspot.NewRecordFromMap("company", "501", map[string]string{"name": "Acme"})}}})
			s.Keep("1", "first", run.Success, map[string]string{"response": "said"})
			s.Keep("5", "", run.FailContinue, map[string]string{flow.ExecutionState: "FAIL_CONTINUE"})
			out := r.Run(context.Background(), s)
			if got := to(out); got != c.want {
				t.Errorf("got %q, want %q (%v)", got, c.want, out.Error)
			}
			if (out.Error == nil) != (out.State == run.Success) || out.Error != nil && (out.Error.Message == "" || len(out.Effects) > 0) {
				t.Errorf("outcome %+v", out)
			}
		})
	}
}

func TestSetPropertyOfAssociates(t *testing.T) {
	t.Parallel()
	fields := `"property_name":"city","value":{"type":"STATIC_VALUE","staticValue":"Oslo"},"association":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":279}`
	r := mustCompile(t, newEnv(), single(flow.TypeSetProperty, fields))
	companies := []*hubspot.Record{hubspot.NewRecordFromMap("company", "501", map[string]string{"city": "Rome"}), hubspot.NewRecordFromMap("company", "502", nil)}
	out := r.Run(context.Background(), scope(monday, nil, world{map[string][]*hubspot.Record{"company": companies}}))
	if len(out.Effects) != 2 || *out.Effects[0].From != "Rome" || out.Effects[1].RecordID != "502" {
		t.Errorf("effects %+v", out.Effects)
	}
	out = r.Run(context.Background(), scope(monday, nil, world{}))
	if out.State != run.Success || out.Reason == "" || len(out.Effects) != 0 {
		t.Errorf("without a company: %+v", out)
	}
	for _, unknown := range []string{strings.Replace(fields, "279", "987", 1), strings.Replace(fields, "HUBSPOT", "USER", 1)} {
		out = mustCompile(t, newEnv(), single(flow.TypeSetProperty, unknown)).Run(context.Background(), scope(monday, nil, world{map[string][]*hubspot.Record{"company": companies}}))
		if out.State != run.Skipped || !strings.Contains(out.Reason, "association type") || len(out.Effects) != 0 {
			t.Errorf("an association that leads nobody knows where: %+v", out)
		}
	}
}

func TestCreateRecord(t *testing.T) {
	t.Parallel()
	create := func(object, property, value string) string {
		return single(flow.TypeCreateRecord, `"object_type_id":"`+object+`","properties":[{"targetProperty":"`+property+`","value":{"type":"STATIC_VALUE","staticValue":"`+value+`"}}]`)
	}
	for _, c := range []struct{ name, text, want string }{
		{"deal", create("0-3", "dealname", "New"), ""},
		{"no such property", create("0-3", "dealnam", "New"), action.CodeUnknownProp},
		{"read-only", create("0-1", "createdate", "2026-01-01"), action.CodeReadOnly},
		{"value that does not fit", create("0-3", "amount", "a lot"), action.CodeInvalidValue},
		{"custom object", create("2-77", "anything", "goes"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := scope(monday, nil, world{})
			out := mustCompile(t, newEnv(), c.text).Run(context.Background(), s)
			if c.want != "" {
				if out.Error == nil || out.Error.Code != c.want || len(out.Effects) != 0 {
					t.Fatalf("%+v", out)
				}
				return
			}
			if len(out.Effects) != 1 {
				t.Fatalf("%+v", out)
			}
			e := out.Effects[0]
			if e.RecordID != "990000000003001" || len(e.Associations) != 1 || e.Associations[0].RecordID != "101" {
				t.Errorf("%+v", e)
			}
			s.Apply(&e)
			if next := s.NextID(0); next != "990000000003002" {
				t.Errorf("the next id is %s", next)
			}
		})
	}
	if out := mustCompile(t, newEnv(), create("0-999", "x", "y")).Run(context.Background(), scope(monday, nil, world{})); out.State != run.Skipped || !strings.Contains(out.Reason, "0-999") {
		t.Errorf("an object type that is not known: %+v", out)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, fields string
		want         []string
		code         string
	}{
		{"user", `"user_ids":["11"]`, []string{"11"}, ""},
		{"unknown user", `"user_ids":["11","99"]`, nil, action.CodeInvalidUser},
		{"deactivated user", `"user_ids":["12"]`, nil, action.CodeInvalidUser},
		{"team without its deactivated member", `"team_ids":["EMEA"]`, []string{"11"}, ""},
		{"nobody's team", `"team_ids":["APAC"]`, nil, action.CodeNoRecipient},
		{"owner", `"owner_properties":["hubspot_owner_id"]`, []string{"11"}, ""},
		{"each once", `"owner_properties":["hubspot_owner_id"],"user_ids":["11"],"team_ids":["EMEA"]`, []string{"11"}, ""},
		{"owner that is none", `"owner_properties":["city"]`, nil, action.CodeInvalidUser},
		{"deactivated owner", `"owner_properties":["state"]`, nil, action.CodeInvalidUser},
		{"no owner", `"owner_properties":["zip"]`, nil, action.CodeNoRecipient},
	} {
		for _, typeID := range []string{flow.TypeNotification, flow.TypeInternalEmail} {
			out := mustCompile(t, newEnv(), single(typeID, c.fields+`,"subject":"S","body":"B"`)).
				Run(context.Background(), scope(monday, map[string]string{"hubspot_owner_id": "9011", "city": "Oslo", "state": "9012"}, world{}))
			var got []string
			for i := range out.Effects {
				got = out.Effects[i].UserIDs
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, %s: %s", c.name, typeID, diff)
			}
			if code := codeOf(out); code != c.code {
				t.Errorf("%s, %s: error %q, want %q", c.name, typeID, code, c.code)
			}
		}
	}
	if _, _, problems := compile(newEnv(), single(flow.TypeNotification, `"subject":"S"`)); !problems.HasErrors() {
		t.Error("a notification to nobody is taken")
	}
}

func codeOf(out run.Outcome) string {
	if out.Error == nil {
		return ""
	}
	return out.Error.Code
}

func ask(fields string) string {
	if fields != "" {
		fields = "," + fields
	}
	return single(flow.DefaultOpenAIAction().TypeID, `"assistant":"helper","prompt":"Say {{ enrolled_object.firstname }}"`+fields)
}

func TestAskIsRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	hot := 0.7
	asked := func(name, model, effort string, t *float64) *run.Ask {
		return &run.Ask{Assistant: name, Model: model, Temperature: t, ReasoningEffort: effort, Protocol: "responses", Prompt: "Say "}
	}
	for _, c := range []struct {
		name   string
		fields string
		change func(*action.Env)
		code   string
		asked  *run.Ask
	}{
		{"locked", "", func(e *action.Env) { e.Ask.Locked = &run.Error{Code: "openai_locked", Message: "Locked."} }, "openai_locked", asked("helper", "gpt-6-luna", "", nil)},
		{"unknown assistant", "", func(e *action.Env) { e.Ask.FlagAsst = "other" }, action.CodeUnknownAsst, asked("other", "", "", nil)},
		{"model that is not allowed", "", func(e *action.Env) { e.Ask.Allowed = []string{"gpt-6-sol"} }, assistant.CodeModelAccess, asked("helper", "gpt-6-luna", "", nil)},
		{"clashing flags", `"reasoning_effort":"high"`, func(e *action.Env) { e.Ask.Flags.Temperature = &hot }, assistant.CodeBadSettings, asked("helper", "gpt-6-luna", "high", &hot)},
		{"temperature that the model never takes", `"temperature":"0.7"`, func(e *action.Env) { e.Ask.Flags.Model = "gpt-6-astra" }, assistant.CodeBadSettings, asked("helper", "gpt-6-astra", "", &hot)},
		{"missing value", "", func(e *action.Env) { e.MissingIsError = true }, action.CodeMissingValue, &run.Ask{Assistant: "helper", Model: "gpt-6-luna", Protocol: "responses"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := newEnv()
			env.Ask.Asker = asker(func(context.Context, *assistant.Question) (*assistant.Answer, error) {
				t.Error("it was sent")
				return nil, errors.New("no")
			})
			c.change(env)
			out := mustCompile(t, env, ask(c.fields)).Run(context.Background(), scope(monday, nil, world{}))
			if out.State != run.FailContinue || codeOf(out) != c.code {
				t.Errorf("%+v", out)
			}
			if diff := cmp.Diff(c.asked, out.Ask); diff != "" {
				t.Errorf("what would have been asked: %s", diff)
			}
			if diff := cmp.Diff(map[string]string{flow.ExecutionState: "FAIL_CONTINUE"}, out.Outputs); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAskLevels(t *testing.T) {
	t.Parallel()
	env := newEnv()
	r := mustCompile(t, env, ask(`"model":"gpt-6-sol","temperature":"0.3"`))
	q, refused := action.Question(r)
	if refused != nil || q.Model != "gpt-6-sol" || *q.Temperature != 0.3 || q.ReasoningEffort != "none" || len(q.Warnings) != 1 {
		t.Errorf("%+v, %v", q, refused)
	}
	prompt, ok, failure := action.Prompt(r, scope(monday, map[string]string{"firstname": "Ada"}, world{}))
	if !ok || failure != nil || prompt != "Say Ada" {
		t.Errorf("%q, %v, %v", prompt, ok, failure)
	}
	other := mustCompile(t, newEnv(), setProperty("city", `"x"`))
	if q, refused := action.Question(other); q != nil || refused != nil {
		t.Error("set property has a question")
	}
	if _, ok, _ := action.Prompt(other, scope(monday, nil, world{})); ok {
		t.Error("set property has a prompt")
	}
}

func TestAskAgain(t *testing.T) {
	t.Parallel()
	asked := 0
	env := newEnv()
	env.Ask.Asker = asker(func(ctx context.Context, q *assistant.Question) (*assistant.Answer, error) {
		asked++
		caller, _ := assistant.CallerFrom(ctx)
		return &assistant.Answer{Text: "new", CostUSD: "0.25", Usage: &run.Usage{InputTokens: 3, OutputTokens: 1},
			Attempts: []run.Attempt{{RequestID: "r"}}, Model: q.Model + strings.Repeat("!", caller.FirstAttempt)}, nil
	})
	r := mustCompile(t, env, ask(""))
	usage := &run.Usage{InputTokens: 10, CachedTokens: 2, OutputTokens: 5, ReasoningTokens: 4, Estimated: true}
	old := run.Step{ActionID: "7", State: run.Success, Outputs: map[string]string{"response": "old"},
		Ask: &run.Ask{Prompt: "Say Ada", Attempts: 2, LatencyMs: 1500, Usage: usage, CostUSD: "0.5", History: make([]run.Attempt, 2)}}

	try := func(change func(*run.Step)) (run.Outcome, *action.Scope) {
		step := old
		inner := *old.Ask
		step.Ask = &inner
		change(&step)
		s := scope(monday, map[string]string{"firstname": "Ada"}, world{})
		s.Prior = []run.Step{{ActionID: "6", State: run.Success}, step}
		return r.Run(context.Background(), s), s
	}
	out, s := try(func(*run.Step) {})
	if asked != 0 || out.Outputs["response"] != "old" || s.Now().Sub(monday).Milliseconds() != 1500 {
		t.Errorf("an answer that is there: asked %d times, %+v at %s", asked, out, s.Now())
	}
	for name, change := range map[string]func(*run.Step){
		"failed":           func(s *run.Step) { s.State = run.FailContinue },
		"another question": func(s *run.Step) { s.Ask.Prompt = "Say Bo" },
	} {
		asked = 0
		out, _ = try(change)
		want := &run.Usage{InputTokens: 13, CachedTokens: 2, OutputTokens: 6, ReasoningTokens: 4, Estimated: true}
		if asked != 1 || out.Outputs["response"] != "new" || out.Ask.Attempts != 3 || out.Ask.CostUSD != "0.75" || len(out.Ask.History) != 3 || !cmp.Equal(want, out.Ask.Usage) {
			t.Errorf("%s: asked %d times, %+v, usage %+v", name, asked, out.Ask, out.Ask.Usage)
		}
	}
	asked = 0
	out, _ = try(func(s *run.Step) { s.Visit = 2 })
	if asked != 1 || out.Ask.Attempts != 1 {
		t.Errorf("another visit: asked %d times, %+v", asked, out.Ask)
	}
	out, _ = try(func(s *run.Step) { s.State, s.Ask.CostUSD = run.FailContinue, "" })
	if out.Ask.CostUSD != "" {
		t.Errorf("an unknown cost and a known one make %s", out.Ask.CostUSD)
	}
}

func TestPinsAndStubs(t *testing.T) {
	t.Parallel()
	r := mustCompile(t, newEnv(), ask(""))
	out := action.AskPinned(r, scope(monday, map[string]string{"firstname": "Ada"}, world{}), "told")
	if !out.Pinned || out.Outputs["response"] != "told" || out.Ask.Prompt != "Say Ada" || *out.Ask.Response != "told" || out.Ask.Attempts != 0 {
		t.Errorf("%+v", out)
	}
	env := newEnv()
	env.MissingIsError = true
	r, a, _ := compile(env, ask(""))
	if out := action.AskPinned(r, scope(monday, nil, world{}), "told"); out.State != run.Success || out.Outputs["response"] != "told" || out.Ask != nil {
		t.Errorf("pinned without a prompt: %+v", out)
	}
	if out := action.Stub(r, a, scope(monday, nil, world{})); out.State != run.Skipped || codeOf(out) != action.CodeMissingValue {
		t.Errorf("stubbed without a prompt: %+v", out)
	}
	for _, c := range []struct {
		text string
		want map[string]string
	}{
		{setProperty("city", `"Oslo"`), map[string]string{"city": "Oslo"}},
		{single(flow.TypeNotification, `"team_ids":["EMEA"],"subject":"S","body":"B"`), map[string]string{"user_ids": "11", "team_ids": "EMEA", "subject": "S", "body": "B"}},
		{single(flow.TypeDelay, `"delta":"1","time_unit":"DAYS"`), map[string]string{"wait_until": "2026-01-06T09:00:00Z"}},
		{`"type":"WEBHOOK","method":"POST","webhookUrl":"https://example.test","queryParams":[]`, map[string]string{}},
	} {
		r, a, problems := compile(newEnv(), c.text)
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		out := action.Stub(r, a, scope(monday, nil, world{}))
		if !out.Stubbed || out.State != run.Skipped || len(out.Effects) != 0 || out.WaitUntil != nil || !cmp.Equal(c.want, out.Inputs) {
			t.Errorf("%s: %+v", c.text, out)
		}
	}
	r, a, _ = compile(newEnv(), `"type":"STATIC_BRANCH","inputValue":{"type":"OBJECT_PROPERTY","propertyName":"city"},"staticBranches":[],"defaultBranchName":"Rest"`)
	if out := action.Stub(r, a, scope(monday, nil, world{})); out.Stubbed || out.Branch == nil || *out.Branch != "Rest" {
		t.Errorf("a stubbed branch goes its way: %+v", out)
	}
}

func TestCheckTemperature(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{`"0.2"`: true, `2`: true, `0`: true, `""`: true, `" 1 "`: true, `2.1`: false, `-1`: false, `"NaN"`: false, `"hot"`: false, `[]`: false} {
		_, a, _ := compile(newEnv(), ask(`"temperature":`+text))
		if err := action.CheckTemperature(a.Field("temperature")); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := action.CheckTemperature(nil); err != nil {
		t.Errorf("no temperature: %v", err)
	}
}

func TestDataSourcesFollowTheirOrder(t *testing.T) {
	t.Parallel()
	deals := []*hubspot.Record{
		hubspot.NewRecordFromMap("deal", "1", map[string]string{"dealname": "nine", "amount": "9"}),
		hubspot.NewRecordFromMap("deal", "2", map[string]string{"dealname": "ten", "amount": "10"}),
		hubspot.NewRecordFromMap("deal", "3", map[string]string{"dealname": "unknown"}),
		hubspot.NewRecordFromMap("deal", "4", map[string]string{"dealname": "ten too", "amount": "10.0"}),
	}
	sources := []flow.DataSource{
		{Type: "ASSOCIATION", Name: "any", ObjectTypeID: "0-3"},
		{Type: "ASSOCIATION", Name: "most", ObjectTypeID: "0-3", Sort: &flow.Sort{Property: "amount", Order: "DESC"}},
		{Type: "ASSOCIATION", Name: "least", ObjectTypeID: "0-3", Sort: &flow.Sort{Property: "amount", Order: "ASC"}},
		{Type: "ASSOCIATION", Name: "last by name", ObjectTypeID: "0-3", Sort: &flow.Sort{Property: "dealname", Order: "DESC"}},
		{Type: "ENROLLED_RECORD_PROPERTY_FILTER", Name: "filtered", ObjectTypeID: "0-3"},
		{Type: "ASSOCIATION", Name: "odd", ObjectTypeID: "?"},
		{Type: "ASSOCIATION", Name: "none", ObjectTypeID: "0-5"},
	}
	rec := hubspot.NewRecordFromMap("contact", "101", nil)
	s := action.NewScope(0, rec, sources, world{map[string][]*hubspot.Record{"deal": deals}}, clock.NewTimeline(monday, clock.Skip))
	names := func() map[string]string {
		got := map[string]string{}
		for _, d := range sources {
			got[d.Name] = s.Fetched(d.Name).Get("dealname")
		}
		return got
	}
	want := map[string]string{"any": "nine", "most": "ten", "least": "nine", "last by name": "unknown", "filtered": "", "odd": "", "none": ""}
	if diff := cmp.Diff(want, names()); diff != "" {
		t.Error(diff)
	}
	// The enrollment's own effects count.
	amount := "1000"
	s.Apply(&run.Effect{Type: run.EffectProperty, ObjectType: "deal", RecordID: "1", Property: "amount", To: &amount})
	want["most"], want["least"] = "nine", "ten"
	if diff := cmp.Diff(want, names()); diff != "" {
		t.Errorf("after an effect: %s", diff)
	}
}
