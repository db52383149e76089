package action_test

import (
	"context"
	"testing"

	"askflow/internal/action"
	"askflow/internal/hubspot"
	"askflow/internal/run"
)

// FuzzAction compiles whatever an export may hold and runs what compiles.
func FuzzAction(f *testing.F) {
	for _, seed := range []string{
		ask(`"temperature":"0.2","reasoning_effort":"none"`),
		setProperty("score", `{"type":"INCREMENT","incrementAmount":"1"}`),
		setProperty("moment", `{"type":"RELATIVE_DATETIME","timeDelay":{"delta":1,"timeUnit":"MILLENNIA","daysOfWeek":["X"],"timeOfDay":{"hour":1,"minute":2}}}`),
		setProperty("colors", `{"type":"STATIC_APPEND_VALUE","staticAppendValue":"red;blue"}`),
		setProperty("city", `{"type":"FIELD_DATA","actionId":"1","dataKey":"response"}`),
		single("0-1", `"delta":"9223372036854775807","time_unit":"YEARS"`),
		single("0-35", `"date":{"type":"STATIC_VALUE","staticValue":"9223372036854775807"},"delta":"-1","time_unit":"CENTURIES"`),
		single("0-35", `"date":{"type":"LIST","values":[]}`),
		single("0-3", `"subject":{"type":"TIMESTAMP"},"owner_assignment":{"value":[]},"due_time":{"timeDelay":{"delta":1,"timeUnit":"DAYS"}},"associations":[{}]`),
		single("0-8", `"user_ids":"11","subject":["x"]`),
		single("0-9", `"owner_properties":["city"],"body":{"type":"FETCHED_OBJECT_PROPERTY","propertyToken":"{{ fetched_objects.employer }}"}`),
		single("0-14", `"object_type_id":"0-3","properties":[{"targetProperty":"amount","value":{"type":"INCREMENT","incrementAmount":2}}]`),
		`"type":"STATIC_BRANCH","inputValue":{"type":"LIST"},"staticBranches":[{"branchValue":"x"}]`,
		`"type":"LIST_BRANCH","listBranches":[{"branchName":"a"},{"filterBranch":{}}]`,
		`"type":"AB_TEST_BRANCH","testBranches":[{"percentage":4611686018427387904},{"percentage":4611686018427387904},{}]`,
		`"type":"CUSTOM_CODE","sourceCode":"","outputFields":[{}]`,
		`"type":"WEBHOOK"`, `"type":"?"`, ``,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		env := newEnv()
		r, a, problems := compile(env, text)
		if a == nil {
			return
		}
		if r == nil {
			t.Fatal("there is neither a runner nor a problem that explains it")
		}
		if problems.HasErrors() {
			return
		}
		company := hubspot.NewRecordFromMap("company", "501", nil)
		for _, properties := range []map[string]string{nil, {"city": "9001", "score": "1e400", "day": "0001-01-01", "moment": "99999999999999999", "colors": ";;"}} {
			s := scope(monday, properties, world{map[string][]*hubspot.Record{"company": {company}}})
			out := r.Run(context.Background(), s)
			checkOutcome(t, &out)
			stub := action.Stub(r, a, s)
			checkOutcome(t, &stub)
		}
	})
}

// checkOutcome wants what the engine and the store rely on.
func checkOutcome(t *testing.T, out *run.Outcome) {
	t.Helper()
	switch out.State {
	case run.Success, run.Skipped:
	case run.FailContinue:
		if out.Error == nil || out.Error.Code == "" || out.Error.Message == "" {
			t.Errorf("it failed without saying why: %+v", out)
		}
	default:
		t.Errorf("the state is %q", out.State)
	}
	if out.State == run.Skipped && out.Reason == "" {
		t.Error("it is skipped without a reason")
	}
	if out.WaitUntil != nil && (out.WaitUntil.Year() < 1 || out.WaitUntil.Year() > 9999) {
		t.Errorf("it waits until %s", out.WaitUntil)
	}
	row := run.Row{Steps: run.AppendSteps(nil, []run.Step{{State: out.State, Outputs: out.Outputs, WaitUntil: out.WaitUntil, Ask: out.Ask, Error: out.Error}}), Effects: run.AppendEffects(nil, out.Effects)}
	if _, err := row.Result(); err != nil {
		t.Errorf("what came out cannot be read back: %v", err)
	}
}
