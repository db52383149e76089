package engine_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"askflow/internal/clock"
	"askflow/internal/engine"
	"askflow/internal/flow"
	"askflow/internal/source"
)

// TestADelayWithoutEnd: whoever comes to it stays ACTIVE with the reason, on every clock, also when the run goes on.
func TestADelayWithoutEnd(t *testing.T) {
	t.Parallel()
	n, problems := source.ParseJSON("workflows/test.json", []byte(`{"type":"CONTACT_FLOW","flowType":"WORKFLOW","objectTypeId":"0-1","isEnabled":true,"startActionId":"1","actions":[
		{"type":"SINGLE_CONNECTION","actionId":"1","actionTypeId":"0-1","fields":{"delta":"1","time_unit":"ERAS"},"connection":{"edgeType":"STANDARD","nextActionId":"2"}},
		{"type":"SINGLE_CONNECTION","actionId":"2","actionTypeId":"0-3","fields":{"subject":"after"}}]}`))
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	f, problems := flow.Decode("workflows/test.json", n)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	for _, mode := range []clock.Mode{clock.Skip, clock.Real} {
		synctest.Test(t, func(t *testing.T) {
			p := compile(t, withDelays, echo, func(c *engine.Config) {
				c.Env.Flow, c.Clock, c.Enroll = f, mode, engine.EnrollMode{All: true}
			})
			m := newMemory()
			if _, err := p.Run(context.Background(), &contacts{n: 3}, m, "r1", engine.Options{}); err != nil {
				t.Fatal(err)
			}
			want := m.lines()
			if len(want) != 3 || !strings.Contains(want[0], `"enrollment":{"state":"ACTIVE","reason":"waits without end: 1 ERAS never ends"`) || strings.Contains(want[0], "after") {
				t.Fatalf("clock %s: %s", mode, want)
			}
			totals := m.totals
			if _, err := p.Run(context.Background(), &contacts{n: 3}, m, "r1", engine.Options{Totals: &totals, Redo: m.redo(false)}); err != nil {
				t.Fatal(err)
			}
			equal(t, "results of going on", want, m.lines())
			equal(t, "totals of going on", totals, m.totals)
		})
	}
}
