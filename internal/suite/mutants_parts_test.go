package suite_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// arms breaks a branch: its arms are swapped, emptied, taken out, and their conditions changed.
func (d *draft) arms(i int, a object, branches string) {
	arms := parts(a, branches)
	for n, arm := range arms {
		name := fmt.Sprint(arm["branchName"], arm["branchValue"])
		d.change(i, "branch", name+": leads nowhere", func(a object) { delete(parts(a, branches)[n], "connection") })
		d.change(i, "branch", name+": is taken out", func(a object) { a[branches] = slices.Delete(a[branches].([]any), n, n+1) })
		d.change(i, "branch", name+": swapped with the default", func(a object) {
			arm, other := parts(a, branches)[n], part(a, "defaultBranch")
			a["defaultBranch"], arm["connection"] = arm["connection"], other
		})
		if n > 0 {
			d.change(i, "branch", name+": swapped with the arm before", func(a object) {
				arms := parts(a, branches)
				arms[n]["connection"], arms[n-1]["connection"] = arms[n-1]["connection"], arms[n]["connection"]
			})
		}
		if arm["branchValue"] != nil {
			d.change(i, "branch", name+": another value", func(a object) { parts(a, branches)[n]["branchValue"] = "FAIL_CONTINUE" })
			continue
		}
		for _, c := range conditionMutants(part(arm, "filterBranch")) {
			d.change(i, "branch", name+": "+c.name, func(a object) { c.change(part(parts(a, branches)[n], "filterBranch")) })
		}
	}
	d.change(i, "branch", "the default leads nowhere", func(a object) { delete(a, "defaultBranch") })
	for n := range arms {
		d.change(i, "branch", fmt.Sprintf("the default leads where arm %d does", n+1), func(a object) { a["defaultBranch"] = parts(a, branches)[n]["connection"] })
	}
}

// conditionMutant is a change to a tree of filters.
type conditionMutant struct {
	name   string
	change func(branch object)
}

// opposite are the operators that say the contrary.
var opposite = map[string]string{"IS_EQUAL_TO": "IS_NOT_EQUAL_TO", "STARTS_WITH": "DOES_NOT_START_WITH", "IS_KNOWN": "IS_UNKNOWN", "IS_ANY_OF": "IS_NONE_OF"}

// conditionMutants are the ways to break the filters of a branch: each negated, looking at another property, and each of its values changed.
func conditionMutants(branch object) []conditionMutant {
	var out []conditionMutant
	for n, f := range filters(branch) {
		property, operation := f["property"], part(f, "operation")
		at := func(branch object) object { return filters(branch)[n] }
		if other := opposite[operation["operator"].(string)]; other != "" {
			out = append(out, conditionMutant{fmt.Sprintf("%v negated", property), func(b object) { part(at(b), "operation")["operator"] = other }})
		}
		values, _ := operation["values"].([]any)
		for v, value := range values {
			out = append(out, conditionMutant{fmt.Sprintf("%v: another value for %v", property, value), func(b object) {
				part(at(b), "operation")["values"].([]any)[v] = "X" + value.(string)
			}})
		}
	}
	return out
}

// filters are those of a branch and of the branches in it, in order.
func filters(branch object) []object {
	out := parts(branch, "filters")
	for _, b := range parts(branch, "filterBranches") {
		out = append(out, filters(b)...)
	}
	return out
}

// triggers breaks who enrolls.
func (d *draft) triggers() {
	root := func(flow object) object { return part(part(flow, "enrollmentCriteria"), "listFilterBranch") }
	flow := d.copy()
	for _, c := range conditionMutants(root(flow)) {
		if strings.Contains(c.name, "another value") {
			continue // no record enrolls then, or an option is unknown: too easy to notice
		}
		d.add("trigger", c.name, func(flow object) { c.change(root(flow)) })
	}
	for n, f := range filters(root(flow)) {
		d.add("trigger", fmt.Sprintf("%v does not matter", f["property"]), func(flow object) {
			for _, b := range parts(root(flow), "filterBranches") {
				b["filters"] = slices.Delete(b["filters"].([]any), n, n+1)
			}
		})
	}
	if lists, _ := flow["suppressionListIds"].([]any); len(lists) > 0 {
		d.add("trigger", "nobody is suppressed", func(flow object) { flow["suppressionListIds"] = []any{} })
	}
	if flow["goalFilterBranch"] != nil {
		d.add("trigger", "no goal", func(flow object) { delete(flow, "goalFilterBranch") })
	}
}

// setProperty breaks an action that writes.
func (d *draft) setProperty(i int, fields object) {
	set := func(name string, change func(fields object)) {
		d.change(i, "effect", name, func(a object) { change(part(a, "fields")) })
	}
	set("writes another property", func(f object) { f["property_name"] = "jobtitle" })
	set("clears the property", func(f object) { f["value"] = object{"type": "STATIC_VALUE", "staticValue": ""} })
	value := part(fields, "value")
	switch value["type"] {
	case "STATIC_VALUE":
		set("writes another value", func(f object) {
			other := map[string]string{"A": "B", "B": "C", "C": "A", "SPAM": "C", "OPEN": "UNQUALIFIED", "UNQUALIFIED": "OPEN", "false": "true"}
			part(f, "value")["staticValue"] = other[value["staticValue"].(string)]
		})
	case "FIELD_DATA":
		set("writes another output", func(f object) { part(f, "value")["dataKey"] = "hs_execution_state" })
	}
}

// message breaks a task or a notification: its texts, who gets it, and what kind of task it is.
func (d *draft) message(i int, fields object) {
	set := func(name, field string, value any) {
		d.change(i, "effect", name, func(a object) { part(a, "fields")[field] = value })
	}
	for _, field := range []string{"subject", "body"} {
		text, _ := fields[field].(string)
		set(field+": another text", field, text+" (old)")
		set(field+": another beginning", field, "Re: "+text)
		for _, token := range tokenPattern.FindAllString(text, -1) {
			set(field+" without "+token, field, strings.Replace(text, token, "", 1))
		}
	}
	for field, value := range map[string]any{"task_type": "MEETING", "priority": "NONE", "due_time": object{"delta": 9, "timeUnit": "DAYS", "daysOfWeek": []any{}}, "owner_properties": []any{"hs_created_by_user_id"}, "user_ids": []any{"17"}} {
		if fields[field] != nil {
			if field == "task_type" {
				value = map[string]string{"TODO": "CALL", "CALL": "EMAIL", "EMAIL": "TODO"}[fields[field].(string)]
			}
			set("another "+field, field, value)
		}
	}
	if fields["associations"] != nil {
		set("is on no record", "associations", []any{})
	}
	if fields["owner_assignment"] != nil {
		set("another owner", "owner_assignment", object{"type": "CUSTOM", "value": object{"type": "STATIC_VALUE", "staticValue": "9018"}})
		d.change(i, "effect", "no owner", func(a object) { delete(part(a, "fields"), "owner_assignment") })
	}
	if fields["owner_properties"] != nil {
		d.change(i, "effect", "one user for everybody", func(a object) {
			delete(part(a, "fields"), "owner_properties")
			part(a, "fields")["user_ids"] = []any{"18"}
		})
	}
}

// connections are all edges of a flow.
func connections(flow object) []object {
	var out []object
	for _, a := range parts(flow, "actions") {
		for _, holder := range slices.Concat([]object{a}, parts(a, "staticBranches"), parts(a, "listBranches")) {
			if c := part(holder, "connection"); c != nil {
				out = append(out, c)
			}
		}
		if c := part(a, "defaultBranch"); c != nil {
			out = append(out, c)
		}
	}
	return out
}

// clearEmpty drops the edges that lead nowhere.
func clearEmpty(flow object) {
	for _, a := range parts(flow, "actions") {
		for _, holder := range slices.Concat([]object{a}, parts(a, "staticBranches"), parts(a, "listBranches")) {
			if c := part(holder, "connection"); c != nil && c["nextActionId"] == "" {
				delete(holder, "connection")
			}
		}
		if c := part(a, "defaultBranch"); c != nil && c["nextActionId"] == "" {
			delete(a, "defaultBranch")
		}
	}
}

var (
	grade    = regexp.MustCompile(`^(A|B|C|SPAM):`)
	sentence = regexp.MustCompile(`^(.*?[.?!])\s`)
)

// ruleMutants are other things that a model might have said in place of a rule's reply, or a fault that does not come.
func ruleMutants(file string, rules []object, i int) map[string][]object {
	rule := rules[i]
	if rule["fault"] != nil {
		return map[string][]object{"does not come": nil}
	}
	out := map[string][]object{}
	say := func(how, reply string) {
		if reply == rule["reply"] {
			return
		}
		changed := maps.Clone(rule)
		changed["reply"] = reply
		out[how] = []object{changed}
	}
	reply := rule["reply"].(string)
	switch file {
	case "state-formatting":
		say("another state", otherState(reply))
		say("in small letters", strings.ToLower(reply))
		say("with a dot behind it", reply+".")
	case "lead-qualification":
		for _, g := range []string{"A:", "B:", "C:", "SPAM:"} {
			say("grade "+g, grade.ReplaceAllString(reply, g))
		}
		if g := grade.FindString(reply); g != "" {
			say("no reason", g)
		}
		say("no grade", strings.TrimSpace(grade.ReplaceAllString(reply, "")))
	case "tone-judge":
		contrary := strings.NewReplacer(`"pass": true`, `"pass": false`, `"pass": false`, `"pass": true`, `"score": 0.1`, `"score": 0.9`, `"score": 0.9`, `"score": 0.1`)
		say("the other verdict", contrary.Replace(reply))
		say("no verdict", "I like it.")
		return out
	default:
		first, rest, _ := strings.Cut(reply, "\n")
		say("no first line", strings.TrimLeft(rest, "\n"))
		say("first line alone", first)
		say("no last line", strings.TrimRight(reply[:strings.LastIndex(reply, "\n")], "\n"))
		say("no first sentence", withoutSentence(reply))
	}
	say("what another record gets", othersReply(rules, i))
	return out
}

// otherState is a code that the reply is not.
func otherState(reply string) string {
	if reply == "TX" {
		return "OK"
	}
	return "TX"
}

// othersReply is the reply of the next rule that has one, which says what is right for somebody else.
func othersReply(rules []object, i int) string {
	for n := 1; n < len(rules); n++ {
		if r := rules[(i+n)%len(rules)]; r["fault"] == nil && r["reply"] != rules[i]["reply"] && r["reply"] != "${code}" {
			return r["reply"].(string)
		}
	}
	return ""
}

// withoutSentence drops the first sentence of the text itself: of a mail, the one behind subject and greeting.
func withoutSentence(reply string) string {
	head := ""
	if strings.HasPrefix(reply, "Subject: ") {
		parts := strings.SplitAfterN(reply, "\n\n", 3)
		head, reply = parts[0]+parts[1], parts[2]
	}
	m := sentence.FindStringSubmatchIndex(reply)
	if m == nil {
		return head + reply
	}
	return head + reply[m[1]:]
}
