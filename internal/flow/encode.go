package flow

import (
	"sort"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// JSON is the flow's v4 object as text: members in the canonical order, indented, with a final newline.
func (f *Flow) JSON() []byte { return source.FormatJSON(Canonical(f.Node)) }

// Canonical copies a v4 flow object with its known members in a fixed order, unknown ones after them in their own, and
// its actions sorted by id (their order means nothing). Nothing is added or dropped.
func Canonical(n *source.Node) *source.Node {
	if n == nil {
		return nil
	}
	out := n.Clone()
	canonicalFlow(out)
	return out
}

// arrange moves the named members to the front, in the order of keys.
func arrange(n *source.Node, keys ...string) {
	if n == nil || n.Kind != source.Object || len(n.Members) < 2 {
		return
	}
	rank := make(map[string]int, len(keys))
	for i, k := range keys {
		rank[k] = i - len(keys)
	}
	sort.SliceStable(n.Members, func(i, j int) bool { return rank[n.Members[i].Key] < rank[n.Members[j].Key] })
}

// each calls do for the items of a list.
func each(n *source.Node, do func(*source.Node)) {
	if n == nil || n.Kind != source.Array {
		return
	}
	for _, it := range n.Items {
		do(it)
	}
}

func canonicalFlow(n *source.Node) {
	arrange(n, "id", "revisionId", "uuid", "type", "flowType", "name", "description", "objectTypeId", "isEnabled",
		"startActionId", "nextAvailableActionId", "actions", "enrollmentCriteria", "enrollmentSchedule", "timeWindows",
		"blockedDates", "customProperties", "dataSources", "suppressionListIds", "canEnrollFromSalesforce", "goalFilterBranch",
		"eventAnchor", "unEnrollmentSetting", "suppressionFilterBranch", "crmObjectCreationStatus", "createdAt", "updatedAt")
	if actions := n.Get("actions"); actions != nil && actions.Kind == source.Array {
		id := func(i int) string {
			if v := actions.Items[i].Get("actionId"); v.IsScalar() {
				return v.Text
			}
			return ""
		}
		sort.SliceStable(actions.Items, func(i, j int) bool { return LessID(id(i), id(j)) })
		each(actions, arrangeAction)
	}
	arrangeEnrollment(n.Get("enrollmentCriteria"))
	arrangeSchedule(n.Get("enrollmentSchedule"))
	each(n.Get("timeWindows"), func(w *source.Node) {
		arrange(w, "day", "startTime", "endTime")
		arrange(w.Get("startTime"), "hour", "minute")
		arrange(w.Get("endTime"), "hour", "minute")
	})
	each(n.Get("blockedDates"), func(b *source.Node) { arrange(b, "month", "dayOfMonth", "year") })
	each(n.Get("dataSources"), func(d *source.Node) {
		arrange(d, "type", "name", "objectTypeId", "associationCategory", "associationTypeId", "propertyName", "staticValue",
			"recordFieldName", "datasetFieldName", "argumentName", "sortBy")
		arrange(d.Get("sortBy"), "property", "order", "missing")
	})
	arrangeFilterBranch(n.Get("goalFilterBranch"))
	arrangeFilterBranch(n.Get("suppressionFilterBranch"))
	arrange(n.Get("eventAnchor"), "type", "contactProperty", "month", "dayOfMonth", "year")
	arrange(n.Get("unEnrollmentSetting"), "type", "flowIds")
}

func arrangeEnrollment(n *source.Node) {
	arrange(n, "type", "shouldReEnroll", "listFilterBranch", "unEnrollObjectsNotMeetingCriteria", "reEnrollmentTriggersFilterBranches",
		"eventFilterBranches", "listMembershipFilterBranches", "refinementCriteria", "datasetId", "subviewId")
	arrangeFilterBranch(n.Get("listFilterBranch"))
	arrangeFilterBranch(n.Get("refinementCriteria"))
	for _, key := range []string{"reEnrollmentTriggersFilterBranches", "eventFilterBranches", "listMembershipFilterBranches"} {
		each(n.Get(key), arrangeFilterBranch)
	}
}

func arrangeSchedule(n *source.Node) {
	arrange(n, "type", "daysOfWeek", "daysOfMonth", "monthlyRelativeDays", "month", "dayOfMonth", "dateProperty", "daysDelta", "yearly", "timeOfDay")
	arrange(n.Get("timeOfDay"), "hour", "minute")
}

func arrangeAction(n *source.Node) {
	arrange(n, "type", "actionId", "actionTypeId", "actionTypeVersion", "fields", "inputValue", "listBranches", "staticBranches",
		"testBranches", "defaultBranchName", "defaultBranch", "runtime", "sourceCode", "secretNames", "inputFields", "outputFields",
		"method", "webhookUrl", "queryParams", "authSettings", "connection")
	if fields := n.Get("fields"); fields != nil {
		arrangeFields(n.Get("actionTypeId"), fields)
	}
	arrangeValue(n.Get("inputValue"))
	each(n.Get("listBranches"), func(b *source.Node) {
		arrange(b, "branchName", "filterBranch", "connection")
		arrangeFilterBranch(b.Get("filterBranch"))
		arrangeConnection(b.Get("connection"))
	})
	each(n.Get("staticBranches"), func(b *source.Node) {
		arrange(b, "branchValue", "connection")
		arrangeConnection(b.Get("connection"))
	})
	each(n.Get("testBranches"), func(b *source.Node) {
		arrange(b, "edgeType", "nextActionId", "percentage", "connection")
		arrangeConnection(b.Get("connection"))
	})
	for _, key := range []string{"inputFields", "outputFields", "queryParams"} {
		each(n.Get(key), func(v *source.Node) {
			arrange(v, "name", "type", "value", "options")
			arrangeValue(v.Get("value"))
		})
	}
	arrange(n.Get("authSettings"), "type", "location", "name", "secretName", "appId")
	arrangeConnection(n.Get("defaultBranch"))
	arrangeConnection(n.Get("connection"))
}

func arrangeConnection(n *source.Node) { arrange(n, "edgeType", "nextActionId") }

func arrangeFields(typeID, fields *source.Node) {
	if typeID != nil {
		for _, kind := range staticKinds {
			if kind.TypeID == typeID.Text {
				arrange(fields, kind.Fields...)
				break
			}
		}
	}
	arrangeValue(fields.Get("value"))
	arrangeValue(fields.Get("date"))
	arrangeTimeDelay(fields.Get("due_time"))
	arrange(fields.Get("time_of_day"), "hour", "minute")
	arrange(fields.Get("association"), "associationCategory", "associationTypeId")
	owner := fields.Get("owner_assignment")
	arrange(owner, "type", "value")
	arrangeValue(owner.Get("value"))
	each(fields.Get("properties"), func(p *source.Node) {
		arrange(p, "targetProperty", "value")
		arrangeValue(p.Get("value"))
	})
	each(fields.Get("associations"), func(a *source.Node) {
		arrange(a, "target", "value")
		arrange(a.Get("target"), "associationCategory", "associationTypeId")
		arrangeValue(a.Get("value"))
	})
	each(fields.Get("event_filter_branches"), arrangeFilterBranch)
}

func arrangeValue(n *source.Node) {
	if n == nil || n.Kind != source.Object {
		return
	}
	arrange(n, "type", "staticValue", "propertyName", "actionId", "dataKey", "propertyToken", "timestampType", "timeDelay",
		"incrementAmount", "appendPropertyName", "staticAppendValue", "sourceSpec", "values")
	arrangeTimeDelay(n.Get("timeDelay"))
	arrange(n.Get("sourceSpec"), "associationCategory", "associationTypeId")
	each(n.Get("values"), arrangeValue)
	if values := n.Get("values"); values != nil && textOf(n.Get("type")) == string(hubspot.MapValue) {
		for _, m := range values.Members {
			arrangeValue(m.Value)
		}
	}
}

func arrangeTimeDelay(n *source.Node) {
	arrange(n, "delta", "timeUnit", "daysOfWeek", "timeOfDay", "timeZoneStrategy")
	arrange(n.Get("timeOfDay"), "hour", "minute")
	arrange(n.Get("timeZoneStrategy"), "type", "timeZoneId")
}

func arrangeFilterBranch(n *source.Node) {
	arrange(n, "filterBranchType", "filterBranchOperator", "operator", "eventTypeId", "objectTypeId", "associationCategory",
		"associationTypeId", "propertyWithObjectId", "filterBranches", "filters")
	each(n.Get("filterBranches"), arrangeFilterBranch)
	each(n.Get("filters"), func(f *source.Node) {
		arrange(f, "filterType", "property", "operation", "listId", "operator", "metadata")
		op := f.Get("operation")
		arrange(op, "operationType", "operator", "includeObjectsWithNoValueSet", "value", "values", "timestamp", "lowerBound", "upperBound",
			"numberOfDays", "comparisonPropertyName", "defaultComparisonValue", "timeUnit", "timeUnitCount", "timePoint",
			"endpointBehavior", "lowerBoundTimePoint", "upperBoundTimePoint", "lowerBoundEndpointBehavior", "upperBoundEndpointBehavior",
			"propertyParser", "type")
		for _, key := range []string{"timePoint", "lowerBoundTimePoint", "upperBoundTimePoint"} {
			arrange(op.Get(key), "timeType", "timezoneSource", "zoneId", "year", "month", "day", "hour", "minute", "second", "millisecond",
				"indexReference", "offset", "property", "referenceType")
		}
	})
}

// textOf is a scalar's text, "" for anything else.
func textOf(n *source.Node) string {
	if n.IsScalar() {
		return n.Text
	}
	return ""
}
