package check_test

import (
	"fmt"
	"strings"
	"testing"
)

// branch makes an if/then branch from n arms that all test the e-mail address.
func branch(id string, arms int, next, rest string) string {
	var list []string
	for i := range arms {
		list = append(list, fmt.Sprintf(`{"branchName":"b%d","filterBranch":{"filterBranchType":"AND","filterBranchOperator":"AND","filterBranches":[],"filters":[{"filterType":"PROPERTY","property":"email","operation":{"operationType":"ALL_PROPERTY","operator":"IS_KNOWN","includeObjectsWithNoValueSet":false}}]},"connection":{"edgeType":"STANDARD","nextActionId":"%s"}}`, i, next))
	}
	return `{"type":"LIST_BRANCH","actionId":"` + id + `","listBranches":[` + strings.Join(list, ",") + `]` + rest + `}`
}

func static(id, input, branches, rest string) string {
	return `{"type":"STATIC_BRANCH","actionId":"` + id + `","inputValue":` + input + `,"staticBranches":[` + branches + `]` + rest + `}`
}

const (
	emailInput  = `{"type":"OBJECT_PROPERTY","propertyName":"email"}`
	toTwo       = `"connection":{"edgeType":"STANDARD","nextActionId":"2"}`
	defaultTwo  = `,"defaultBranchName":"Rest","defaultBranch":{"edgeType":"STANDARD","nextActionId":"2"}`
	noNameTwo   = `,"defaultBranch":{"edgeType":"STANDARD","nextActionId":"2"}`
	failedInput = `{"type":"FIELD_DATA","actionId":"1","dataKey":"hs_execution_state"}`
)

func TestGraphChecks(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"no start":                     marked("missing_start unreachable", contactFlow(notifyEnd, `"startActionId":`)),
		"unknown start":                contactFlow(notifyEnd, `"startActionId":«unknown_start»"9"`),
		"no actions":                   marked("no_actions", contactFlow("", `"startActionId":`)),
		"dangling edge":                contactFlow(`{"type":"SINGLE_CONNECTION","actionId":"1","actionTypeId":"0-1","fields":{"delta":"5","time_unit":"MINUTES"},"connection":«unknown_next»{"edgeType":"STANDARD","nextActionId":"7"}}`),
		"dangling arm":                 contactFlow(static("1", emailInput, `{"branchValue":"x","connection":«unknown_next»{"edgeType":"STANDARD","nextActionId":"8"}}`, defaultTwo) + "," + notifyEnd),
		"dangling default":             contactFlow(static("1", emailInput, `{"branchValue":"x",`+toTwo+`}`, `,"defaultBranch":«unknown_next»{"edgeType":"STANDARD","nextActionId":"8"}`) + "," + notifyEnd),
		"duplicate id":                 contactFlow(step("1", "0-1", `"delta":"5","time_unit":"MINUTES"`, "2") + "," + notifyEnd + "," + strings.Replace(notifyEnd, `"actionId":"2"`, `"actionId":«duplicate_action_id»"2"`, 1)),
		"unreachable":                  contactFlow(step("1", "0-1", `"delta":"5","time_unit":"MINUTES"`, "") + "," + marked("unreachable_action", notifyEnd)),
		"loop":                         contactFlow(marked("loop_without_delay", askStep) + `,{"type":"SINGLE_CONNECTION","actionId":"2","actionTypeId":"0-9","fields":{"user_ids":["11"],"subject":"x"},"connection":{"edgeType":"GOTO","nextActionId":"1"}}`),
		"loop with a delay":            contactFlow(askStep + `,{"type":"SINGLE_CONNECTION","actionId":"2","actionTypeId":"0-1","fields":{"delta":"5","time_unit":"MINUTES"},"connection":{"edgeType":"GOTO","nextActionId":"1"}}`),
		"goto spelling":                contactFlow(askStep + `,{"type":"SINGLE_CONNECTION","actionId":"2","actionTypeId":"0-1","fields":{"delta":"5","time_unit":"MINUTES"},"connection":{"edgeType":«edge_spelling»"GO-TO","nextActionId":"1"}}`),
		"no default branch":            contactFlow(marked("missing_default_branch", branch("1", 1, "2", "")) + "," + notifyEnd),
		"no default of a value branch": contactFlow(marked("missing_default_branch", static("1", emailInput, `{"branchValue":"x",`+toTwo+`}`, "")) + "," + notifyEnd),
		"branch at the end":            contactFlow(static("1", emailInput, `{"branchValue":"x"}`, "")),
		"twenty branches":              contactFlow(branch("1", 20, "2", noNameTwo) + "," + notifyEnd),
		"twenty-one branches":          contactFlow(marked("too_many_branches", branch("1", 21, "2", noNameTwo)) + "," + notifyEnd),
		"251 values":                   contactFlow(marked("too_many_branches", static("1", emailInput, values(251), defaultTwo)) + "," + notifyEnd),
		"no branches":                  contactFlow(marked("no_branches", static("1", emailInput, "", defaultTwo)) + "," + notifyEnd),
		"a value twice":                contactFlow(static("1", emailInput, `{"branchValue":"x",`+toTwo+`},«duplicate_branch»{"branchValue":"x"}`, defaultTwo) + "," + notifyEnd),
		"token in a branch":            contactFlow(static("1", emailInput, `«token_in_branch»{"branchValue":"{{ enrolled_object.email }}",`+toTwo+`}`, defaultTwo) + "," + notifyEnd),
		"branch without a filter":      contactFlow(`{"type":"LIST_BRANCH","actionId":"1","listBranches":[«no_filter»{"branchName":"x",` + toTwo + `}]` + defaultTwo + `},` + notifyEnd),
		"split of 90 percent":          contactFlow(`«bad_percentages»{"type":"AB_TEST_BRANCH","actionId":"1","testBranches":[{"percentage":50,` + toTwo + `},{"percentage":40,` + toTwo + `}]},` + notifyEnd),
		"split of one":                 contactFlow(`«no_branches»{"type":"AB_TEST_BRANCH","actionId":"1","testBranches":[{` + toTwo + `}]},` + notifyEnd),
		"equal split":                  contactFlow(`{"type":"AB_TEST_BRANCH","actionId":"1","testBranches":[{"edgeType":"STANDARD","nextActionId":"2"},{"edgeType":"STANDARD","nextActionId":"2"}]},` + notifyEnd),
	}
	cases["no start"] = "«missing_start»" + contactFlow(notifyEnd, `"startActionId":`)
	table(t, cases)
}

func values(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"branchValue":"v%d",%s}`, i, toTwo))
	}
	return strings.Join(list, ",")
}

// table checks one portal for each workflow.
func table(t *testing.T, flows map[string]string) {
	t.Helper()
	for name, flow := range flows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := baseFiles()
			files["workflows/w.json"] = flow
			expect(t, files)
		})
	}
}

func TestFlowTypeChecks(t *testing.T) {
	t.Parallel()
	companies := func(s string) string { return strings.ReplaceAll(s, "email", "domain") }
	table(t, map[string]string{
		"contact flow of companies":  "«no_records»" + companies(contactFlow(notifyEnd, `"objectTypeId":«wrong_flow_type»"0-2"`, `"startActionId":"2"`)),
		"platform flow of contacts":  contactFlow(notifyEnd, `"type":"PLATFORM_FLOW"`, `"objectTypeId":«wrong_flow_type»"0-1"`, `"startActionId":"2"`),
		"platform flow of companies": "«no_records»" + companies(contactFlow(notifyEnd, `"type":"PLATFORM_FLOW"`, `"objectTypeId":"0-2"`, `"startActionId":"2"`)),
		"unknown object type":        contactFlow(notifyEnd, `"type":"PLATFORM_FLOW"`, `"objectTypeId":«unknown_object_type»"0-999"`, `"startActionId":"2"`),
		"unknown type":               contactFlow(notifyEnd, `"type":«unknown_flow_type»"CONTACTFLOW"`, `"startActionId":"2"`),
	})
}

func TestFeatureChecks(t *testing.T) {
	t.Parallel()
	flow := func(members ...string) string {
		return contactFlow(notifyEnd, append(members, `"startActionId":"2"`)...)
	}
	table(t, map[string]string{
		"schedule":                  flow(`"enrollmentSchedule":«feature_not_emulated»{"type":"DAILY","timeOfDay":{"hour":9,"minute":0}}`),
		"time windows":              flow(`"timeWindows":«feature_not_emulated»[{"day":"MONDAY","startTime":{"hour":9,"minute":0},"endTime":{"hour":17,"minute":0}}]`),
		"pause dates":               flow(`"blockedDates":«feature_not_emulated»[{"month":"DECEMBER","dayOfMonth":24}]`),
		"unenrollment":              flow(`"unEnrollmentSetting":«feature_not_emulated»{"type":"ALL","flowIds":[]}`),
		"no other flows":            flow(`"unEnrollmentSetting":{"type":"SELECTIVE","flowIds":[]}`),
		"event anchor":              flow(`"eventAnchor":«feature_not_emulated»{"type":"CONTACT_PROPERTY_ANCHOR","contactProperty":"closedate"}`),
		"disabled":                  flow(`"isEnabled":«disabled»false`),
		"no triggers":               "«manual_enrollment»" + flow(`"enrollmentCriteria":`),
		"manual":                    flow(`"enrollmentCriteria":«manual_enrollment»{"type":"MANUAL","shouldReEnroll":false}`),
		"dataset":                   flow(`"enrollmentCriteria":«feature_not_emulated»{"type":"DATASET","datasetId":"1","shouldReEnroll":false}`),
		"no event":                  flow(`"enrollmentCriteria":«no_triggers»{"type":"EVENT_BASED","shouldReEnroll":false,"eventFilterBranches":[],"listMembershipFilterBranches":[]}`),
		"event that does not occur": flow(`"enrollmentCriteria":{"type":"EVENT_BASED","shouldReEnroll":false,"listMembershipFilterBranches":[],"eventFilterBranches":[«event_not_emulated»{"filterBranchType":"UNIFIED_EVENTS","filterBranchOperator":"AND","operator":"HAS_COMPLETED","eventTypeId":"4-1639801","filters":[],"filterBranches":[]}]}`),
		"no filter":                 flow(`"enrollmentCriteria":«no_triggers»{"type":"LIST_BASED","shouldReEnroll":false}`),
		"unknown list":              flow(`"suppressionListIds":[42,«unknown_list»41]`),
		"list of companies":         flow(`"suppressionListIds":[«wrong_list»43]`),
		"goal on no property":       flow(`"goalFilterBranch":{"filterBranchType":"AND","filterBranchOperator":"AND","filterBranches":[],"filters":[{"filterType":"PROPERTY","property":«unknown_property»"emial","operation":{"operationType":"ALL_PROPERTY","operator":"IS_KNOWN"}}]}`),
	})
}

func TestNotEmulated(t *testing.T) {
	t.Parallel()
	table(t, map[string]string{
		"marketing email":           contactFlow(marked("not_emulated", step("1", "0-4", `"content_id":"7"`, ""))),
		"an app's action":           contactFlow(marked("not_emulated", step("1", "1-555", `"x":"{{ enrolled_object.nothing }}"`, ""))),
		"custom code":               contactFlow(`«not_emulated»{"type":"CUSTOM_CODE","actionId":"1","sourceCode":"","runtime":"NODE20X","secretNames":[],"inputFields":[{"name":"a","value":{"type":"OBJECT_PROPERTY","propertyName":«unknown_property»"emial"}}],"outputFields":[{"name":"o","type":"ENUMERATION","options":[]}],"connection":{"edgeType":"STANDARD","nextActionId":"2"}},` + step("2", "0-9", `"user_ids":["11"],"subject":"«output_of_skipped_action»{{ action_outputs.action_output_1.o }} «unknown_output»{{ action_outputs.action_output_1.p }}"`, "")),
		"webhook":                   contactFlow(`«not_emulated»{"type":"WEBHOOK","actionId":"1","method":"POST","webhookUrl":"https://hook.example/«unknown_property»{{ enrolled_object.emial }}","queryParams":[]}`),
		"output of an app's action": contactFlow(marked("not_emulated", step("1", "1-555", `"x":"y"`, "2")) + "," + step("2", "0-9", `"user_ids":["11"],"subject":"«output_of_skipped_action»{{ action_outputs.action_output_1.anything }}"`, "")),
		"unknown field":             contactFlow(step("1", "0-9", `"user_ids":["11"],"subject":"x",«unknown_field»"boddy":"y"`, "")),
	})
}
