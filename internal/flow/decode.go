package flow

import (
	"path/filepath"
	"strings"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// Parse reads a workflow file: JSON is the v4 flow object, YAML the short form. openAI says which action type the
// portal uses for Ask OpenAI Assistant; the options concern the YAML form only. The flow is nil when the file cannot be
// read as a flow at all; otherwise problems may still hold errors that keep it from running.
func Parse(file string, data []byte, openAI OpenAIAction, opts ...Option) (*Flow, source.Problems) {
	if strings.EqualFold(filepath.Ext(file), ".json") {
		n, problems := source.ParseJSON(file, data)
		if n == nil {
			return nil, problems
		}
		f, more := Decode(file, n)
		return f, append(problems, more...)
	}
	n, problems := source.ParseYAML(file, data)
	if problems.HasErrors() {
		return nil, problems
	}
	if n == nil {
		return nil, source.Problems{{Severity: source.SeverityError, Code: "empty_file", File: file,
			Message: "the file is empty; a workflow was expected", Hint: "docs/formats.md shows one"}}
	}
	v4, more := FromYAML(file, n, openAI, opts...)
	problems = append(problems, more...)
	if v4 == nil {
		return nil, problems
	}
	f, more := Decode(file, v4)
	return f, append(problems, more...)
}

// Decode reads a v4 flow object. Unknown members are kept in Node and reported as warnings.
func Decode(file string, n *source.Node) (*Flow, source.Problems) {
	r := &source.Reader{File: file}
	if n.Kind != source.Object {
		r.Errorf(n.Pos, "not_a_flow", "", "a workflow must be an object, but here stands %s", n.Kind)
		return nil, r.Problems
	}
	if n.Get("actions") == nil && n.Get("results") != nil {
		r.Errorf(n.Pos, "not_a_flow", "fetch each flow by its id: GET /automation/v4/flows/{flowId}", "this is a listing of flows, not a flow")
		return nil, r.Problems
	}
	o := r.Object(n, "a workflow")
	f := &Flow{
		File: file, FileName: strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)),
		ID: o.String("id"), RevisionID: o.String("revisionId"), UUID: o.String("uuid"),
		Type: needType(r, o), FlowType: o.String("flowType"), ObjectTypeID: o.Need("objectTypeId"),
		Name: o.String("name"), Description: o.String("description"), Enabled: o.Bool("isEnabled", false),
		StartActionID:      o.String("startActionId"),
		SuppressionListIDs: o.Strings("suppressionListIds"),
		Node:               n, Pos: n.Pos,
		byID: map[string]*Action{},
	}
	o.Known("nextAvailableActionId", "crmObjectCreationStatus", "createdAt", "updatedAt", "canEnrollFromSalesforce")
	f.Enrollment = readEnrollment(r, o.Get("enrollmentCriteria"))
	f.Schedule = readSchedule(r, o.Get("enrollmentSchedule"))
	for _, it := range o.Items("timeWindows") {
		w := r.Object(it, "a time window")
		f.TimeWindows = append(f.TimeWindows, TimeWindow{Day: w.String("day"), Start: hubspot.ReadTimeOfDay(r, w.Get("startTime")), End: hubspot.ReadTimeOfDay(r, w.Get("endTime")), Pos: it.Pos})
		w.Done()
	}
	for _, it := range o.Items("blockedDates") {
		b := r.Object(it, "a blocked date")
		f.BlockedDates = append(f.BlockedDates, BlockedDate{Month: b.String("month"), DayOfMonth: b.Int("dayOfMonth", 0), Year: b.Int("year", 0), Pos: it.Pos})
		b.Done()
	}
	f.CustomProperties = map[string]string{}
	if c := o.Get("customProperties"); c != nil {
		for _, m := range r.Object(c, "customProperties").Node.Members {
			f.CustomProperties[m.Key] = m.Value.Text
		}
	}
	for _, it := range o.Items("dataSources") {
		f.DataSources = append(f.DataSources, readDataSource(r, it))
	}
	f.Goal = hubspot.ReadFilterBranch(r, o.Get("goalFilterBranch"))
	f.SuppressionFilter = hubspot.ReadFilterBranch(r, o.Get("suppressionFilterBranch"))
	f.EventAnchor = readEventAnchor(r, o.Get("eventAnchor"))
	if u := o.Get("unEnrollmentSetting"); u != nil {
		uf := r.Object(u, "unEnrollmentSetting")
		f.UnEnrollment = &UnEnrollmentSetting{Type: uf.String("type"), FlowIDs: uf.Strings("flowIds")}
		uf.Done()
	}
	for _, it := range o.Items("actions") {
		f.addAction(r, readAction(r, it))
	}
	o.Done()
	SortActions(f.Actions)
	return f, r.Problems
}

// needType reads the kind of flow, which follows from what it enrolls.
func needType(r *source.Reader, o *source.Fields) string {
	t := o.String("type")
	if v := o.Get("type"); t != "" || v != nil && !v.IsScalar() { // the latter is reported already
		return t
	}
	r.Errorf(o.Node.Pos, "missing_key", "write CONTACT_FLOW where contacts enroll, PLATFORM_FLOW for every other object", `a workflow needs "type"`)
	return ""
}

func (f *Flow) addAction(r *source.Reader, a *Action) {
	a.Name = f.CustomProperties[StepNamePrefix+a.ID]
	if other := f.byID[a.ID]; other != nil && a.ID != "" {
		r.Errorf(a.IDPos, "duplicate_action_id", "", "the action id %q is used twice; the first stands at line %d", a.ID, other.IDPos.Line)
		return
	}
	f.byID[a.ID] = a
	f.Actions = append(f.Actions, a)
}

func readAction(r *source.Reader, n *source.Node) *Action {
	o := r.Object(n, "an action")
	a := &Action{ID: o.Need("actionId"), Type: NodeType(o.Need("type")), Pos: o.Node.Pos, IDPos: o.Pos("actionId"), Node: o.Node}
	switch a.Type {
	case SingleConnection:
		a.TypeID = o.Need("actionTypeId")
		a.TypeVersion = o.Int("actionTypeVersion", 0)
		a.Fields = r.Object(o.Get("fields"), "the fields of an action").Node
		a.Connection = readConnection(r, o.Get("connection"))
	case ListBranchType:
		for _, it := range o.Items("listBranches") {
			b := r.Object(it, "a branch")
			a.ListBranches = append(a.ListBranches, ListBranch{Name: b.String("branchName"), Filter: hubspot.ReadFilterBranch(r, b.Get("filterBranch")), Connection: readConnection(r, b.Get("connection")), Pos: it.Pos})
			b.Done()
		}
		a.readDefault(r, o)
	case StaticBranchType:
		a.Input = hubspot.ReadValue(r, o.Get("inputValue"), "the input of a value-equals branch")
		for _, it := range o.Items("staticBranches") {
			b := r.Object(it, "a branch")
			a.StaticBranches = append(a.StaticBranches, StaticBranch{Value: b.String("branchValue"), Connection: readConnection(r, b.Get("connection")), Pos: it.Pos})
			b.Done()
		}
		a.readDefault(r, o)
	case ABTestBranch:
		for _, it := range o.Items("testBranches") {
			a.TestBranches = append(a.TestBranches, readTestBranch(r, it))
		}
	case CustomCodeType:
		a.Code = readCode(r, o)
		a.Connection = readConnection(r, o.Get("connection"))
	case WebhookType:
		a.Webhook = readWebhook(r, o)
		a.Connection = readConnection(r, o.Get("connection"))
	default:
		r.Warnf(o.Pos("type"), "unknown_node_type", "", "the action type %q is not known here; the action is skipped and the record goes on", string(a.Type))
		a.Connection = readConnection(r, o.Get("connection"))
		return a
	}
	o.Done()
	return a
}

func (a *Action) readDefault(r *source.Reader, o *source.Fields) {
	a.DefaultBranchName = o.String("defaultBranchName")
	d := o.Get("defaultBranch")
	if d != nil && d.Kind == source.Object && len(d.Members) == 0 {
		r.Warnf(d.Pos, "empty_default_branch", "leave defaultBranch out, or connect it", "an empty defaultBranch is reported to make HubSpot answer HTTP 500")
		return
	}
	a.DefaultBranch = readConnection(r, d)
}

func readConnection(r *source.Reader, n *source.Node) *Connection {
	if n == nil || n.Kind == source.Null {
		return nil
	}
	o := r.Object(n, "a connection")
	c := &Connection{EdgeType: o.String("edgeType"), NextID: o.Need("nextActionId"), Pos: n.Pos}
	switch c.EdgeType {
	case EdgeStandard, EdgeGoto:
	case "GO-TO", "GO_TO":
		r.Warnf(o.Pos("edgeType"), "edge_spelling", "", "the API spells this edge type GOTO; %q is read as such", c.EdgeType)
		c.EdgeType = EdgeGoto
	case "":
		c.EdgeType = EdgeStandard
	default:
		r.Warnf(o.Pos("edgeType"), "bad_edge_type", "use STANDARD or GOTO", "the edge type %q is not known here; it is followed as STANDARD", c.EdgeType)
		c.EdgeType = EdgeStandard
	}
	o.Done()
	return c
}

// readTestBranch reads both forms: a bare connection, and the newer {connection, percentage}.
func readTestBranch(r *source.Reader, n *source.Node) TestBranch {
	b := TestBranch{Percentage: -1, Pos: n.Pos}
	if n.Get("nextActionId") != nil {
		b.Connection = readConnection(r, n)
		return b
	}
	o := r.Object(n, "an arm of a random split")
	b.Connection = readConnection(r, o.Get("connection"))
	b.Percentage = o.Int("percentage", -1)
	o.Done()
	return b
}

func readNamedValues(r *source.Reader, items []*source.Node, what string) []NamedValue {
	var out []NamedValue
	for _, it := range items {
		o := r.Object(it, what)
		out = append(out, NamedValue{Name: o.String("name"), Value: hubspot.ReadValue(r, o.Get("value"), what)})
		o.Done()
	}
	return out
}

func readCode(r *source.Reader, o *source.Fields) *CustomCode {
	c := &CustomCode{SourceCode: o.String("sourceCode"), Runtime: o.String("runtime"), SecretNames: o.Strings("secretNames"),
		InputFields: readNamedValues(r, o.Items("inputFields"), "an input field")}
	for _, it := range o.Items("outputFields") {
		f := r.Object(it, "an output field")
		c.OutputFields = append(c.OutputFields, OutputField{Name: f.String("name"), Type: f.String("type"), Options: f.Strings("options")})
		f.Done()
	}
	return c
}

func readWebhook(r *source.Reader, o *source.Fields) *Webhook {
	w := &Webhook{Method: o.String("method"), URL: o.String("webhookUrl"), QueryParams: readNamedValues(r, o.Items("queryParams"), "a query parameter")}
	if n := o.Get("authSettings"); n != nil {
		a := r.Object(n, "authSettings")
		w.Auth = &WebhookAuth{Type: a.String("type"), Location: a.String("location"), Name: a.String("name"), SecretName: a.String("secretName"), AppID: a.Int("appId", 0)}
		a.Done()
	}
	return w
}

func readEnrollment(r *source.Reader, n *source.Node) *EnrollmentCriteria {
	if n == nil {
		return nil
	}
	o := r.Object(n, "enrollmentCriteria")
	e := &EnrollmentCriteria{Type: o.Need("type"), ShouldReEnroll: o.Bool("shouldReEnroll", false), Pos: n.Pos}
	branches := func(key string) []*hubspot.FilterBranch {
		var out []*hubspot.FilterBranch
		for _, it := range o.Items(key) {
			if b := hubspot.ReadFilterBranch(r, it); b != nil {
				out = append(out, b)
			}
		}
		return out
	}
	switch e.Type {
	case ListBased:
		e.ListFilter = hubspot.ReadFilterBranch(r, o.Get("listFilterBranch"))
		e.UnEnrollWhenNotMeeting = o.Bool("unEnrollObjectsNotMeetingCriteria", false)
		e.ReEnrollTriggers = branches("reEnrollmentTriggersFilterBranches")
	case EventBased:
		e.EventFilters = branches("eventFilterBranches")
		e.ListMembershipFilters = branches("listMembershipFilterBranches")
		e.Refinement = hubspot.ReadFilterBranch(r, o.Get("refinementCriteria"))
	case Manual:
	case Dataset:
		e.DatasetID, e.SubviewID = o.String("datasetId"), o.String("subviewId")
	default:
		r.Warnf(n.Pos, "unknown_enrollment_type", "run with --enroll all or with record ids", "the enrollment type %q is not known here; no record enrolls by it", e.Type)
		return e
	}
	o.Done()
	return e
}

func readSchedule(r *source.Reader, n *source.Node) *EnrollmentSchedule {
	if n == nil {
		return nil
	}
	o := r.Object(n, "enrollmentSchedule")
	s := &EnrollmentSchedule{Type: o.String("type"), TimeOfDay: hubspot.ReadTimeOfDay(r, o.Get("timeOfDay")),
		DaysOfWeek: o.Strings("daysOfWeek"), DaysOfMonth: o.Strings("daysOfMonth"), Relative: o.String("monthlyRelativeDays"),
		Month: o.String("month"), DayOfMonth: o.Int("dayOfMonth", 0), DateProperty: o.String("dateProperty"),
		DaysDelta: o.Int("daysDelta", 0), Yearly: o.Bool("yearly", false), Pos: n.Pos}
	o.Done()
	return s
}

func readDataSource(r *source.Reader, n *source.Node) DataSource {
	o := r.Object(n, "a data source")
	d := DataSource{Type: o.Need("type"), Name: o.Need("name"), ObjectTypeID: o.String("objectTypeId"),
		AssociationCategory: o.String("associationCategory"), AssociationTypeID: o.Int("associationTypeId", 0),
		PropertyName: o.String("propertyName"), StaticValue: o.String("staticValue"), RecordFieldName: o.String("recordFieldName"), Pos: n.Pos}
	for _, other := range []string{"datasetFieldName", "argumentName"} {
		if v := o.String(other); v != "" {
			d.RecordFieldName = v
		}
	}
	if s := o.Get("sortBy"); s != nil {
		sf := r.Object(s, "sortBy")
		d.Sort = &Sort{Property: sf.String("property"), Order: sf.String("order"), Missing: sf.String("missing")}
		sf.Done()
	}
	o.Done()
	return d
}

func readEventAnchor(r *source.Reader, n *source.Node) *EventAnchor {
	if n == nil {
		return nil
	}
	o := r.Object(n, "eventAnchor")
	a := &EventAnchor{Type: o.String("type"), ContactProperty: o.String("contactProperty"), Month: o.String("month"), DayOfMonth: o.Int("dayOfMonth", 0), Year: o.Int("year", 0)}
	o.Done()
	return a
}
