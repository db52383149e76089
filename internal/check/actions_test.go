package check_test

import "testing"

func TestTokens(t *testing.T) {
	t.Parallel()
	notify := func(subject string) string {
		return contactFlow(step("1", "0-9", `"user_ids":["11"],"subject":"`+subject+`"`, ""))
	}
	table(t, map[string]string{
		"property":            notify("Hi {{ enrolled_object.email }} of {{_0_1.lifecyclestage}}, record {{ enrolled_object }}"),
		"unknown property":    notify(`Hi \"you\" {{ enrolled_object.email }}, «unknown_property»{{ enrolled_object.emial }}`),
		"label":               notify("«unknown_property»{{ enrolled_object.Email }}"),
		"unclosed":            notify("Hi «token_unclosed»{{ enrolled_object.email"),
		"unknown root":        notify("Hi «token_unknown_root»{{ contact.email }}"),
		"empty":               notify("Hi «token_empty»{{ }}"),
		"no data source":      notify("«unknown_data_source»{{ fetched_objects.company.name }}"),
		"older form":          notify("{{ _0_2.name }} «unknown_property»{{ _0_2.nmae }}"),
		"older form, no type": notify("«unknown_object_type»{{ _0_999.name }}"),
		"no action":           notify("«unknown_action»{{ action_outputs.action_output_9.response }}"),
		"itself":              notify("«output_not_yet_there»{{ action_outputs.action_output_1.response }}"),
		"braces":              notify("{ } }} {a}"),
		"in a value":          contactFlow(step("1", "0-5", `"property_name":"lastname","value":{"type":"STATIC_VALUE","staticValue":"x «unknown_property»{{ enrolled_object.emial }}"}`, "")),
		"data source": contactFlow(step("1", "0-9", `"user_ids":["11"],"subject":"{{ fetched_objects.firm.name }} «unknown_property»{{ fetched_objects.firm.nmae }}«unknown_data_source»{{ fetched_objects.frim.name }}"`, ""),
			`"dataSources":[{"type":"ASSOCIATION","name":"firm","objectTypeId":"0-2","associationCategory":"HUBSPOT_DEFINED","associationTypeId":279}]`),
	})
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	reads := func(subject string) string { return step("2", "0-9", `"user_ids":["11"],"subject":"`+subject+`"`, "") }
	both := static("1", emailInput, `{"branchValue":"x","connection":{"edgeType":"STANDARD","nextActionId":"3"}}`, defaultTwo)
	ask3 := step("3", "1-900001", `"assistant":"qualifier","prompt":"x"`, "2")
	table(t, map[string]string{
		"response":          contactFlow(askStep + "," + reads("{{ action_outputs.action_output_1.response }} {{ action_outputs.action_output_1.hs_execution_state }}")),
		"no such output":    contactFlow(askStep + "," + reads("«unknown_output»{{ action_outputs.action_output_1.answer }}")),
		"not on every path": contactFlow(both + "," + ask3 + "," + reads("«output_not_on_every_path»{{ action_outputs.action_output_3.response }}")),
		"not before":        contactFlow(step("1", "1-900001", `"assistant":"qualifier","prompt":"«output_not_yet_there»{{ action_outputs.action_output_2.response }}"`, "2") + "," + step("2", "1-900001", `"assistant":"qualifier","prompt":"x"`, "")),
		"other arm":         contactFlow(static("1", emailInput, `{"branchValue":"x",`+toTwo+`}`, `,"defaultBranch":{"edgeType":"STANDARD","nextActionId":"3"}`) + "," + reads("«output_not_yet_there»{{ action_outputs.action_output_3.response }}") + "," + step("3", "1-900001", `"assistant":"qualifier","prompt":"x"`, "")),
		"both arms": contactFlow(askStep + "," + static("2", failedInput, `{"branchValue":"SUCCESS","connection":{"edgeType":"STANDARD","nextActionId":"3"}}`, `,"defaultBranch":{"edgeType":"STANDARD","nextActionId":"3"}`) + "," +
			step("3", "0-9", `"user_ids":["11"],"subject":"{{ action_outputs.action_output_1.response }}"`, "")),
		"loop back": contactFlow(step("1", "0-9", `"user_ids":["11"],"subject":"«output_not_on_every_path»{{ action_outputs.action_output_2.response }}"`, "2") + "," +
			step("2", "1-900001", `"assistant":"qualifier","prompt":"x"`, "3") + `,{"type":"SINGLE_CONNECTION","actionId":"3","actionTypeId":"0-1","fields":{"delta":"1","time_unit":"DAYS"},"connection":{"edgeType":"GOTO","nextActionId":"1"}}`),
		"field data":               contactFlow(askStep + "," + step("2", "0-5", `"property_name":"lead_grade","value":{"type":"FIELD_DATA","actionId":"1","dataKey":"response"}`, "")),
		"field data of no output":  contactFlow(askStep + "," + step("2", "0-5", `"property_name":"lead_grade","value":«unknown_output»{"type":"FIELD_DATA","actionId":"1","dataKey":"resp"}`, "")),
		"field data of no action":  contactFlow(askStep + "," + step("2", "0-5", `"property_name":"lead_grade","value":«unknown_action»{"type":"FIELD_DATA","actionId":"7","dataKey":"response"}`, "")),
		"branch on a later action": contactFlow(static("1", `«output_not_yet_there»{"type":"FIELD_DATA","actionId":"2","dataKey":"response"}`, `{"branchValue":"x",`+toTwo+`}`, defaultTwo) + "," + step("2", "1-900001", `"assistant":"qualifier","prompt":"x"`, "")),
		"unreachable keeps quiet":  contactFlow(notifyEnd+","+marked("unreachable_action", step("3", "1-900001", `"assistant":"qualifier","prompt":"x"`, "4"))+","+marked("unreachable_action", step("4", "0-9", `"user_ids":["11"],"subject":"{{ action_outputs.action_output_3.response }}"`, "")), `"startActionId":"2"`),
	})
}

func TestSetProperty(t *testing.T) {
	t.Parallel()
	set := func(fields string) string { return contactFlow(step("1", "0-5", fields, "")) }
	value := func(property, text string) string {
		return set(`"property_name":"` + property + `","value":{"type":"STATIC_VALUE","staticValue":` + text + `}`)
	}
	typed := func(property, v string) string { return set(`"property_name":"` + property + `","value":` + v) }
	table(t, map[string]string{
		"text":                   value("lastname", `"x"`),
		"cleared":                value("score", `""`),
		"unknown property":       set(`"property_name":«unknown_property»"lead_grad","value":{"type":"STATIC_VALUE","staticValue":"A"}`),
		"read-only":              set(`"property_name":«read_only_property»"createdate","value":{"type":"STATIC_VALUE","staticValue":"2026-01-01"}`),
		"record id":              set(`"property_name":«read_only_property»"hs_object_id","value":{"type":"STATIC_VALUE","staticValue":"1"}`),
		"no property":            contactFlow(marked("missing_key", step("1", "0-5", `"value":{"type":"STATIC_VALUE","staticValue":"x"}`, ""))),
		"no value":               contactFlow(marked("missing_key", step("1", "0-5", `"property_name":"lastname"`, ""))),
		"option":                 value("lead_grade", `"A"`),
		"no option":              value("lead_grade", `«bad_value»"D"`),
		"options":                value("topics", `"food;sport"`),
		"no option among others": value("topics", `«bad_value»"food;music"`),
		"label of an option":     value("topics", `«option_label»"Food"`),
		"number":                 value("score", `"-1.5"`),
		"no number":              value("score", `«bad_value»"1,000"`),
		"date":                   value("next_call", `"2026-02-01"`),
		"no date":                value("next_call", `«bad_value»"tomorrow"`),
		"bool":                   value("wants_news", `"true"`),
		"no bool":                value("wants_news", `«bad_value»"yes"`),
		"token":                  value("score", `"{{ enrolled_object.email }}"`),
		"owner":                  value("hubspot_owner_id", `"9011"`),
		"no owner":               value("hubspot_owner_id", `«unknown_owner»"11"`),
		"increment":              typed("score", `{"type":"INCREMENT","incrementAmount":"5"}`),
		"increment of text":      typed("lastname", `«value_type»{"type":"INCREMENT","incrementAmount":"5"}`),
		"increment by text":      typed("score", `{"type":"INCREMENT","incrementAmount":«bad_value»"five"}`),
		"append":                 typed("topics", `{"type":"STATIC_APPEND_VALUE","staticAppendValue":"food"}`),
		"append to a number":     typed("score", `«value_type»{"type":"STATIC_APPEND_VALUE","staticAppendValue":"1"}`),
		"append no option":       typed("topics", `{"type":"STATIC_APPEND_VALUE","staticAppendValue":«bad_value»"music"}`),
		"now":                    typed("next_call", `{"type":"TIMESTAMP","timestampType":"EXECUTION_TIME"}`),
		"now into a number":      typed("score", `«value_type»{"type":"TIMESTAMP","timestampType":"EXECUTION_TIME"}`),
		"no timestamp":           typed("next_call", `{"type":"TIMESTAMP","timestampType":«bad_value»"NOW"}`),
		"in three days":          typed("next_call", `{"type":"RELATIVE_DATETIME","timeDelay":{"delta":3,"timeUnit":"DAYS"}}`),
		"in three moons":         typed("next_call", `«bad_time_unit»{"type":"RELATIVE_DATETIME","timeDelay":{"delta":3,"timeUnit":"MOONS"}}`),
		"copy":                   typed("lastname", `{"type":"OBJECT_PROPERTY","propertyName":"firstname"}`),
		"copy of nothing":        typed("lastname", `{"type":"OBJECT_PROPERTY","propertyName":«unknown_property»"fristname"}`),
		"event property":         typed("lastname", `«value_not_emulated»{"type":"ENROLLMENT_EVENT_PROPERTY","enrollmentEventPropertyToken":"{{ x }}"}`),
		"unknown value type":     typed("lastname", `«unknown_value_type»{"type":"STATIC"}`),
		"of the company":         set(`"property_name":"domain","value":{"type":"STATIC_VALUE","staticValue":"x"},"association":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":279}`),
		"of no company property": set(`"property_name":«unknown_property»"emial","value":{"type":"STATIC_VALUE","staticValue":"x"},"association":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":279}`),
		"the wrong way round":    set(`"property_name":"domain","value":{"type":"STATIC_VALUE","staticValue":"x"},"association":«unknown_association»{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":280}`),
		"own label":              set(`"property_name":"anything","value":{"type":"STATIC_VALUE","staticValue":"x"},"association":«unknown_association»{"associationCategory":"USER_DEFINED","associationTypeId":7}`),
		"no association":         set(`"property_name":"email","value":{"type":"STATIC_VALUE","staticValue":"x"},"association":{}`),
	})
}

func TestCreateRecord(t *testing.T) {
	t.Parallel()
	create := func(fields string) string { return contactFlow(step("1", "0-14", fields, "")) }
	enrolled := `"value":{"type":"ENROLLED_OBJECT"}`
	table(t, map[string]string{
		"deal":              create(`"object_type_id":"0-3","properties":[{"targetProperty":"dealname","value":{"type":"STATIC_VALUE","staticValue":"x"}}],"associations":[{"target":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":3},` + enrolled + `}],"use_explicit_associations":"true"`),
		"no object":         contactFlow(marked("missing_key", step("1", "0-14", `"properties":[]`, ""))),
		"unknown object":    create(`"object_type_id":«unknown_object_type»"0-998","properties":[]`),
		"unknown property":  create(`"object_type_id":"0-3","properties":[{"targetProperty":«unknown_property»"delaname","value":{"type":"STATIC_VALUE","staticValue":"x"}}]`),
		"no property name":  create(`"object_type_id":"0-3","properties":[«missing_key»{"value":{"type":"STATIC_VALUE","staticValue":"x"}}]`),
		"not a list":        create(`"object_type_id":"0-3","properties":«wrong_type»{}`),
		"wrong association": create(`"object_type_id":"0-3","properties":[],"associations":[«association_mismatch»{"target":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":5},` + enrolled + `}]`),
		"copied company":    create(`"object_type_id":"0-3","properties":[],"associations":[{"target":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":5},"value":{"type":"COPY_ASSOCIATION","sourceSpec":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":279}}}]`),
		"with nothing":      create(`"object_type_id":"0-3","properties":[],"associations":[«missing_key»{"target":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":3}}]`),
	})
}

func TestTasks(t *testing.T) {
	t.Parallel()
	task := func(fields string) string { return contactFlow(step("1", "0-3", `"subject":"Call",`+fields, "")) }
	table(t, map[string]string{
		"task":             task(`"task_type":"CALL","body":"x","priority":"HIGH","due_time":{"delta":1,"timeUnit":"DAYS","daysOfWeek":[]},"owner_assignment":{"type":"CUSTOM","value":{"type":"STATIC_VALUE","staticValue":"9011"}},"associations":[{"target":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":204},"value":{"type":"ENROLLED_OBJECT"}}],"use_explicit_associations":"true"`),
		"documented type":  task(`"task_type":"TODO","associations":[{"target":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":10},"value":{"type":"ENROLLED_OBJECT"}}]`),
		"no subject":       contactFlow(marked("missing_key", step("1", "0-3", `"task_type":"CALL"`, ""))),
		"type":             task(`"task_type":«bad_value»"call"`),
		"priority":         task(`"priority":«bad_value»"URGENT"`),
		"due":              task(`"due_time":«bad_time_unit»{"delta":1,"timeUnit":"DAYZ"}`),
		"explicit":         task(`"use_explicit_associations":«bad_value»"yes"`),
		"owner property":   task(`"owner_assignment":{"type":"CUSTOM","value":{"type":"OBJECT_PROPERTY","propertyName":"hubspot_owner_id"}}`),
		"no such property": task(`"owner_assignment":{"type":"CUSTOM","value":{"type":"OBJECT_PROPERTY","propertyName":«unknown_property»"hubspot_owner"}}`),
		"no such owner":    task(`"owner_assignment":{"type":"CUSTOM","value":{"type":"STATIC_VALUE","staticValue":«unknown_owner»"9013"}}`),
		"user for owner":   task(`"owner_assignment":{"type":"CUSTOM","value":{"type":"STATIC_VALUE","staticValue":«unknown_owner»"11"}}`),
		"gone owner":       task(`"owner_assignment":{"type":"CUSTOM","value":{"type":"STATIC_VALUE","staticValue":«deactivated_owner»"9012"}}`),
		"owner kind":       task(`"owner_assignment":«not_emulated»{"type":"ROTATE","value":{"type":"STATIC_VALUE","staticValue":"9011"}}`),
		"company":          task(`"associations":[«association_mismatch»{"target":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":192},"value":{"type":"ENROLLED_OBJECT"}}]`),
	})
}

func TestMessages(t *testing.T) {
	t.Parallel()
	notify := func(fields string) string { return contactFlow(step("1", "0-9", `"subject":"x",`+fields, "")) }
	table(t, map[string]string{
		"team":           notify(`"team_ids":["EMEA"]`),
		"owner":          notify(`"owner_properties":["hubspot_owner_id"]`),
		"no user":        notify(`"user_ids":["11",«unknown_user»"13"]`),
		"owner for user": notify(`"user_ids":[«unknown_user»"9011"]`),
		"gone user":      notify(`"user_ids":[«deactivated_user»"12"]`),
		"no team":        notify(`"team_ids":[«unknown_team»"APAC"]`),
		"no property":    notify(`"owner_properties":[«unknown_property»"owner_id"]`),
		"delivery":       notify(`"user_ids":["11"],"delivery_method":«bad_value»"SMS"`),
		"nobody":         contactFlow(marked("no_receivers", step("1", "0-9", `"subject":"x","user_ids":[]`, ""))),
		"nothing":        contactFlow(marked("missing_key", step("1", "0-8", `"user_ids":["11"]`, ""))),
		"email":          contactFlow(step("1", "0-8", `"user_ids":[«unknown_user»"13"],"subject":"x","body":"y"`, "")),
		"not a list":     notify(`"team_ids":["EMEA"],"user_ids":«wrong_type»{}`),
	})
}

func TestDelays(t *testing.T) {
	t.Parallel()
	delay := func(fields string) string { return contactFlow(step("1", "0-1", fields, "")) }
	until := func(fields string) string { return contactFlow(step("1", "0-35", fields, "")) }
	table(t, map[string]string{
		"two days":         delay(`"delta":"2","time_unit":"DAYS"`),
		"no number":        delay(`"delta":«bad_delay»"two","time_unit":"DAYS"`),
		"negative":         delay(`"delta":«bad_delay»"-2","time_unit":"DAYS"`),
		"nothing":          delay(`"delta":«bad_delay»"0","time_unit":"DAYS"`),
		"huge":             delay(`"delta":«bad_delay»"99999999999","time_unit":"DAYS"`),
		"unit":             delay(`"delta":"2","time_unit":«bad_time_unit»"DAY"`),
		"no unit":          contactFlow(marked("bad_delay", step("1", "0-1", `"delta":"2"`, ""))),
		"no delta":         contactFlow(marked("bad_delay", step("1", "0-1", `"time_unit":"DAYS"`, ""))),
		"until a date":     until(`"date":{"type":"STATIC_VALUE","staticValue":"1767225600000"},"delta":"0","time_unit":"DAYS","time_of_day":{"hour":9,"minute":0}`),
		"until no date":    until(`"date":{"type":"STATIC_VALUE","staticValue":«bad_value»"soon"}`),
		"until property":   until(`"date":{"type":"OBJECT_PROPERTY","propertyName":"next_call"}`),
		"until text":       until(`"date":{"type":"OBJECT_PROPERTY","propertyName":«value_type»"email"}`),
		"until 25 o'clock": until(`"date":{"type":"STATIC_VALUE","staticValue":"2026-01-01"},"time_of_day":«bad_time»{"hour":25,"minute":0}`),
		"until nothing":    contactFlow(marked("bad_delay", step("1", "0-35", ``, ""))),
	})
}
