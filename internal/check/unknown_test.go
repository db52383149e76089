package check_test

import (
	"strings"
	"testing"

	"askflow/internal/check"
)

// TestExportsAreNotRefused: what HubSpot itself runs and logs as failed, and what is not known here, is named and keeps no
// workflow of an export from running.
func TestExportsAreNotRefused(t *testing.T) {
	t.Parallel()
	set := func(property, value string) string {
		return step("1", "0-5", `"property_name":"`+property+`","value":{"type":"STATIC_VALUE","staticValue":"`+value+`"}`, "")
	}
	delay := func(unit string) string { return step("1", "0-1", `"delta":"1","time_unit":"`+unit+`"`, "") }
	label := `{"associationCategory":"USER_DEFINED","associationTypeId":33}`
	for name, tt := range map[string]struct{ flow, code, says string }{
		"unknown user":     {contactFlow(step("1", "0-9", `"user_ids":["99"],"subject":"x"`, "")), "unknown_user", "fails for every record"},
		"deactivated user": {contactFlow(step("1", "0-9", `"user_ids":["12"],"subject":"x"`, "")), "deactivated_user", "User was invalid"},
		"unknown team":     {contactFlow(step("1", "0-9", `"user_ids":["11"],"team_ids":["APAC"],"subject":"x"`, "")), "unknown_team", "nobody"},
		"no option":        {contactFlow(set("lead_grade", "D")), "bad_value", "fails for every record"},
		"no bool":          {contactFlow(set("wants_news", "yes")), "bad_value", "fails for every record"},
		"no number":        {contactFlow(set("score", "1,000")), "bad_value", "fails for every record"},
		"read-only":        {contactFlow(set("createdate", "2026-01-01")), "read_only_property", "fails for every record"},
		"label":            {contactFlow(step("1", "0-5", `"property_name":"x","value":"y","association":`+label, "")), "unknown_association", "a run skips the action"},
		"copied label": {contactFlow(step("1", "0-3", `"subject":"x","associations":[{"target":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":192},"value":{"type":"COPY_ASSOCIATION","sourceSpec":`+label+`}}]`, "")),
			"unknown_association", "a run leaves the association out"},
		"flow type":   {contactFlow(notifyEnd, `"type":"TICKET_FLOW"`, `"startActionId":"2"`), "unknown_flow_type", "objectTypeId"},
		"object type": {contactFlow(step("1", "0-14", `"object_type_id":"0-999","properties":[]`, "")), "unknown_object_type", "a run skips the action"},
		"edge type":   {contactFlow(strings.Replace(askStep, "STANDARD", "DOTTED", 1) + "," + notifyEnd), "bad_edge_type", "followed as STANDARD"},
		"operator": {contactFlow(notifyEnd, `"startActionId":"2"`, `"goalFilterBranch":{"filterBranchType":"AND","filterBranches":[],"filters":[{"filterType":"PROPERTY","property":"email","operation":{"operationType":"STRING","operator":"SOUNDS_LIKE","value":"x"}}]}`),
			"unknown_operator", "no record meets it"},
		"forever": {contactFlow(delay("FOREVER")), "endless_delay", "never ends"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := baseFiles()
			files["workflows/w.json"] = tt.flow
			dir, _ := write(t, files)
			p := load(t, dir)
			found := check.Flow(p, p.Flows[0])
			if found.HasErrors() || len(found) != 1 || found[0].Code != tt.code || !strings.Contains(found[0].Error(), tt.says) {
				t.Errorf("got %v, want one warning %s that says %q", found, tt.code, tt.says)
			}
		})
	}
	for _, unit := range []string{"NANOS", "MICROS", "MILLIS", "HALF_DAYS", "DECADES", "CENTURIES", "MILLENNIA"} {
		files := baseFiles()
		files["workflows/w.json"] = contactFlow(delay(unit))
		expect(t, files)
	}
}
