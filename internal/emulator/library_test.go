package emulator_test

import (
	"context"
	"strings"
	"testing"

	"askflow/internal/emulator"
)

// subjects runs a workflow and returns the subjects of its notifications, one a record.
func subjects(t *testing.T, files map[string]string, workflow string) []string {
	t.Helper()
	files["portal.yaml"] = "id: 1\nname: Test\nnow: 2026-01-05T09:00\nusers: [{id: \"11\", name: Mara}]\n"
	e := open(t, writePortal(t, files))
	s, err := e.Run(context.Background(), emulator.Request{Workflow: workflow, Enroll: "all"}, emulator.Hooks{})
	if err != nil || s.Err != nil {
		t.Fatal(err, s)
	}
	var out []string
	for _, line := range stored(t, e) {
		_, after, _ := strings.Cut(line, `"subject":"`)
		subject, _, _ := strings.Cut(after, `"`)
		out = append(out, subject)
	}
	return out
}

// notifyFlow is an export that notifies of what one data source finds.
func notifyFlow(flowType, objectTypeID, dataSource, property string) string {
	return `{"type":"` + flowType + `","flowType":"WORKFLOW","objectTypeId":"` + objectTypeID + `","isEnabled":true,"startActionId":"1",
		"dataSources":[{"type":"ASSOCIATION","name":"other",` + dataSource + `}],
		"actions":[{"type":"SINGLE_CONNECTION","actionId":"1","actionTypeId":"0-9","fields":{"user_ids":["11"],"delivery_method":"APP","body":"x",
			"subject":"<{{ fetched_objects.other.` + property + ` }}>"}}]}`
}

// TestALabelIsNotThePrimaryCompany: the type 1 of the portal's own labels is another one than HubSpot's.
func TestALabelIsNotThePrimaryCompany(t *testing.T) {
	t.Parallel()
	got := subjects(t, map[string]string{
		"workflows/boss.json": notifyFlow("CONTACT_FLOW", "0-1", `"objectTypeId":"0-2","associationCategory":"USER_DEFINED","associationTypeId":1`, "name"),
		"records/contacts.json": `[{"id":"101","properties":{"firstname":"Ada"},"associations":{"companies":[
			{"toObjectId":501,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":279}]},
			{"toObjectId":502,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":1}]},
			{"toObjectId":503,"associationTypes":[{"category":"USER_DEFINED","typeId":1,"label":"Boss"}]}]}}]`,
		"records/companies.csv": "Record ID,Company name\n501,First\n502,Second\n503,Third\n",
	}, "boss")
	if len(got) != 1 || got[0] != "<Third>" {
		t.Errorf("got %q, want the company that is labelled", got)
	}
}

// TestFiltersFollowTheCategory: an ASSOCIATION branch by a label looks at the labelled company only.
func TestFiltersFollowTheCategory(t *testing.T) {
	t.Parallel()
	flow := strings.Replace(notifyFlow("CONTACT_FLOW", "0-1", `"objectTypeId":"0-2","associationCategory":"USER_DEFINED","associationTypeId":1`, "name"), `"startActionId":"1"`, `"startActionId":"1",
		"goalFilterBranch":{"filterBranchType":"ASSOCIATION","filterBranchOperator":"AND","operator":"IN_LIST","objectTypeId":"0-2","associationCategory":"USER_DEFINED","associationTypeId":1,
		"filterBranches":[],"filters":[{"filterType":"PROPERTY","property":"name","operation":{"operationType":"STRING","operator":"IS_EQUAL_TO","value":"Second"}}]}`, 1)
	got := subjects(t, map[string]string{
		"workflows/goal.json": flow,
		"records/contacts.json": `[{"id":"101","properties":{"firstname":"Ada"},"associations":{"companies":[
			{"toObjectId":502,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":1}]},
			{"toObjectId":503,"associationTypes":[{"category":"USER_DEFINED","typeId":1}]}]}}]`,
		"records/companies.csv": "Record ID,Company name\n502,Second\n503,Third\n",
	}, "goal")
	if len(got) != 1 || got[0] != "<Third>" {
		t.Errorf("got %q: the goal looked at a company that the label does not lead to", got)
	}
}

// TestAssociationsInsideTheEnrolledType: a contact's colleague and a company's parent are found.
func TestAssociationsInsideTheEnrolledType(t *testing.T) {
	t.Parallel()
	contacts := subjects(t, map[string]string{
		"workflows/w.json": notifyFlow("CONTACT_FLOW", "0-1", `"objectTypeId":"0-1","associationCategory":"USER_DEFINED","associationTypeId":40`, "firstname"),
		"records/contacts.json": `[{"id":"1","properties":{"firstname":"Ada"},"associations":{"contacts":[{"toObjectId":2,"associationTypes":[{"category":"USER_DEFINED","typeId":40}]}]}},
			{"id":"2","properties":{"firstname":"Bo"}},{"id":"3","properties":{"firstname":"Cy"}}]`,
	}, "w")
	if want := "<Bo> <Ada> <>"; strings.Join(contacts, " ") != want {
		t.Errorf("contacts: got %q, want %s", contacts, want)
	}
	companies := subjects(t, map[string]string{
		"workflows/w.json": notifyFlow("PLATFORM_FLOW", "0-2", `"objectTypeId":"0-2","associationCategory":"HUBSPOT_DEFINED","associationTypeId":14`, "name"),
		"records/companies.json": `[{"id":"10","properties":{"name":"Parent"}},
			{"id":"11","properties":{"name":"Child"},"associations":{"companies":[{"toObjectId":10,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":14}]}]}}]`,
	}, "w")
	if want := "<> <Parent>"; strings.Join(companies, " ") != want {
		t.Errorf("companies: got %q, want %s", companies, want)
	}
}

// TestTheFlowIsCheckedBeforeItsRecords: a flow that does not say what it enrolls is the finding, not its missing records.
func TestTheFlowIsCheckedBeforeItsRecords(t *testing.T) {
	t.Parallel()
	for member, says := range map[string]string{"": "objectTypeId", `"objectTypeId":"widgets",`: "widgets"} {
		dir := writePortal(t, map[string]string{"portal.yaml": "id: 1\nname: Test\n", "records/contacts.csv": "Record ID\n1\n",
			"workflows/w.json": `{"type":"CONTACT_FLOW","flowType":"WORKFLOW",` + member + `"isEnabled":true,"actions":[]}`})
		_, err := open(t, dir).Run(context.Background(), emulator.Request{Workflow: "w"}, emulator.Hooks{})
		got := emulator.AsError(err)
		if got == nil || got.Code != "invalid_portal" || !strings.Contains(got.Error(), says) && !strings.Contains(got.Problems.Error(), says) {
			t.Errorf("%q: got %+v, want a finding about %s", member, got, says)
		}
	}
}

// TestAnExportRunsWithWhatNobodyKnows: an edge, a flow type, an operator and a label that are not known keep nothing from running.
func TestAnExportRunsWithWhatNobodyKnows(t *testing.T) {
	t.Parallel()
	dir := writePortal(t, map[string]string{"portal.yaml": "id: 1\nname: Test\nusers: [{id: \"11\", name: Mara, deactivated: true}]\n", "records/contacts.csv": "Record ID,First Name\n1,Ada\n",
		"workflows/w.json": `{"type":"SOME_FLOW","flowType":"WORKFLOW","objectTypeId":"0-1","isEnabled":true,"startActionId":"1",
			"goalFilterBranch":{"filterBranchType":"AND","filterBranches":[{"filterBranchType":"SOME_OF","filters":[],"filterBranches":[]}],"filters":[]},
			"actions":[
			{"type":"SINGLE_CONNECTION","actionId":"1","actionTypeId":"0-5","fields":{"property_name":"x","value":{"type":"STATIC_VALUE","staticValue":"y"},"association":{"associationCategory":"USER_DEFINED","associationTypeId":33}},"connection":{"edgeType":"DOTTED","nextActionId":"2"}},
			{"type":"SINGLE_CONNECTION","actionId":"2","actionTypeId":"0-9","fields":{"user_ids":["11"],"delivery_method":"APP","subject":"x","body":"y"},"connection":{"edgeType":"STANDARD","nextActionId":"3"}},
			{"type":"SINGLE_CONNECTION","actionId":"3","actionTypeId":"0-5","fields":{"property_name":"createdate","value":{"type":"STATIC_VALUE","staticValue":"2026-01-01"}},"connection":{"edgeType":"STANDARD","nextActionId":"4"}},
			{"type":"SINGLE_CONNECTION","actionId":"4","actionTypeId":"0-1","fields":{"delta":"1","time_unit":"FOREVER"},"connection":{"edgeType":"STANDARD","nextActionId":"5"}},
			{"type":"SINGLE_CONNECTION","actionId":"5","actionTypeId":"0-3","fields":{"subject":"never"}}]}`})
	e := open(t, dir)
	s, err := e.Run(context.Background(), emulator.Request{Workflow: "w", Enroll: "all"}, emulator.Hooks{})
	if err != nil || s.Err != nil {
		t.Fatal(err, s)
	}
	got := strings.Join(stored(t, e), "\n")
	for _, want := range []string{`"state":"ACTIVE","reason":"waits without end: 1 FOREVER never ends"`, `"SKIPPED","reason":"to which object type association type USER_DEFINED 33`, "User was invalid", "read_only_property"} {
		if !strings.Contains(got, want) {
			t.Errorf("the results do not hold %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "never\"") {
		t.Errorf("the record went on:\n%s", got)
	}
}
