package action_test

import (
	"context"
	"strings"
	"testing"

	"askflow/internal/flow"
	"askflow/internal/hubspot"
	"askflow/internal/run"
)

// TestAssociationLeftOut: the association that nobody knows is left out of a task with a warning, the others are made.
func TestAssociationLeftOut(t *testing.T) {
	t.Parallel()
	to := func(category, id string) string {
		return `{"target":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":192},"value":{"type":"COPY_ASSOCIATION","sourceSpec":{"associationCategory":"` + category + `","associationTypeId":` + id + `}}}`
	}
	r := mustCompile(t, newEnv(), single(flow.TypeCreateTask, `"subject":"x","associations":[`+to("USER_DEFINED", "279")+`,`+to("HUBSPOT_DEFINED", "279")+`]`))
	out := r.Run(context.Background(), scope(monday, nil, world{map[string][]*hubspot.Record{"company": {hubspot.NewRecordFromMap("company", "501", nil)}}}))
	if out.State != run.Success || len(out.Effects) != 1 || len(out.Effects[0].Associations) != 1 || out.Effects[0].Associations[0].RecordID != "501" {
		t.Fatalf("%+v", out)
	}
	if len(out.Warnings) != 1 || !strings.Contains(out.Warnings[0], "USER_DEFINED 279") {
		t.Errorf("warnings %q", out.Warnings)
	}
}
