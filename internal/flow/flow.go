// Package flow is the workflow definition: HubSpot's automation v4 flow object, its short YAML form, its graph, and the
// static table of action kinds.
//
// The JSON object as it was read stays in Flow.Node and is what is written back, so nothing that askflow does not know
// is ever lost; the typed fields are a reading of it.
package flow

import (
	"sort"
	"strconv"

	"askflow/internal/hubspot"
	"askflow/internal/source"
)

// NodeType is an action's "type".
type NodeType string

// The node kinds of a flow.
const (
	SingleConnection NodeType = "SINGLE_CONNECTION"
	ListBranchType   NodeType = "LIST_BRANCH"
	StaticBranchType NodeType = "STATIC_BRANCH"
	ABTestBranch     NodeType = "AB_TEST_BRANCH"
	CustomCodeType   NodeType = "CUSTOM_CODE"
	WebhookType      NodeType = "WEBHOOK"
)

// Edge types. The documentation's prose writes GO-TO, the API GOTO; both are read, GOTO is written.
const (
	EdgeStandard = "STANDARD"
	EdgeGoto     = "GOTO"
)

// Flow is one workflow.
type Flow struct {
	// File is the path the flow was read from, relative to the portal folder.
	File string
	// Name of the file without its ending.
	FileName string

	ID, RevisionID, UUID string
	Type                 string // CONTACT_FLOW, PLATFORM_FLOW
	FlowType             string // WORKFLOW, ACTION_SET, UNKNOWN
	ObjectTypeID         string
	Name, Description    string
	Enabled              bool
	StartActionID        string
	Actions              []*Action
	Enrollment           *EnrollmentCriteria
	Schedule             *EnrollmentSchedule
	TimeWindows          []TimeWindow
	BlockedDates         []BlockedDate
	CustomProperties     map[string]string
	DataSources          []DataSource
	SuppressionListIDs   []string // CONTACT_FLOW
	Goal                 *hubspot.FilterBranch
	EventAnchor          *EventAnchor
	UnEnrollment         *UnEnrollmentSetting
	SuppressionFilter    *hubspot.FilterBranch // PLATFORM_FLOW: the editor's unenrollment triggers

	// Node is the whole v4 object.
	Node *source.Node
	Pos  source.Pos
	byID map[string]*Action
}

// Action returns the action with that id, nil when there is none.
func (f *Flow) Action(id string) *Action { return f.byID[id] }

// ActionByName finds an action by id or by the name its YAML form gave it.
func (f *Flow) ActionByName(name string) *Action {
	if a := f.byID[name]; a != nil {
		return a
	}
	for _, a := range f.Actions {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// ObjectType is the type of record the flow enrolls.
func (f *Flow) ObjectType() hubspot.ObjectType {
	t, ok := hubspot.LookupObjectType(f.ObjectTypeID)
	if !ok {
		t = hubspot.ObjectType{ID: f.ObjectTypeID, Name: f.ObjectTypeID, Plural: f.ObjectTypeID, Singular: f.ObjectTypeID}
	}
	return t
}

// DataSource finds a data source by name.
func (f *Flow) DataSource(name string) *DataSource {
	for i := range f.DataSources {
		if f.DataSources[i].Name == name {
			return &f.DataSources[i]
		}
	}
	return nil
}

// StepNamePrefix marks the customProperties in which the YAML form keeps step names: askflow_step_7: qualify.
const StepNamePrefix = "askflow_step_"

// Action is one node of the flow.
type Action struct {
	ID   string
	Name string // from the YAML form, "" when it has none
	Type NodeType

	// SINGLE_CONNECTION
	TypeID      string
	TypeVersion int
	Fields      *source.Node // an object, never nil for SINGLE_CONNECTION

	Connection *Connection // SINGLE_CONNECTION, CUSTOM_CODE, WEBHOOK

	ListBranches      []ListBranch   // LIST_BRANCH
	Input             *hubspot.Value // STATIC_BRANCH
	StaticBranches    []StaticBranch // STATIC_BRANCH
	TestBranches      []TestBranch   // AB_TEST_BRANCH
	DefaultBranch     *Connection
	DefaultBranchName string

	Code    *CustomCode
	Webhook *Webhook

	Pos   source.Pos // of the action
	IDPos source.Pos
	Node  *source.Node
}

// KindID is the action's type id; branches and the like are named by their node type.
func (a *Action) KindID() string {
	if a.Type == SingleConnection {
		return a.TypeID
	}
	return string(a.Type)
}

// Display is the action's name, or its id.
func (a *Action) Display() string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

// Connection is an edge to another action.
type Connection struct {
	EdgeType string
	NextID   string
	Pos      source.Pos
}

// ListBranch is one arm of an if/then branch.
type ListBranch struct {
	Name       string
	Filter     *hubspot.FilterBranch
	Connection *Connection
	Pos        source.Pos
}

// StaticBranch is one arm of a value-equals branch.
type StaticBranch struct {
	Value      string
	Connection *Connection
	Pos        source.Pos
}

// TestBranch is one arm of a random split. Percentage is -1 when the export does not say; the arms are then equal.
type TestBranch struct {
	Connection *Connection
	Percentage int
	Pos        source.Pos
}

// CustomCode is a custom code action. It is not executed.
type CustomCode struct {
	SourceCode, Runtime string
	SecretNames         []string
	InputFields         []NamedValue
	OutputFields        []OutputField
}

// OutputField is a declared output of a custom code action.
type OutputField struct {
	Name, Type string
	Options    []string
}

// NamedValue is an input field or a query parameter.
type NamedValue struct {
	Name  string
	Value *hubspot.Value
}

// Webhook is a webhook action. It is not executed.
type Webhook struct {
	Method, URL string
	QueryParams []NamedValue
	Auth        *WebhookAuth
}

// WebhookAuth is AUTH_KEY or SIGNATURE.
type WebhookAuth struct {
	Type, Location, Name, SecretName string
	AppID                            int
}

// Criteria types.
const (
	ListBased  = "LIST_BASED"
	EventBased = "EVENT_BASED"
	Manual     = "MANUAL"
	Dataset    = "DATASET"
)

// EnrollmentCriteria says which records enroll.
type EnrollmentCriteria struct {
	Type                   string
	ShouldReEnroll         bool
	ListFilter             *hubspot.FilterBranch   // LIST_BASED
	UnEnrollWhenNotMeeting bool                    // LIST_BASED
	ReEnrollTriggers       []*hubspot.FilterBranch // LIST_BASED
	EventFilters           []*hubspot.FilterBranch // EVENT_BASED
	ListMembershipFilters  []*hubspot.FilterBranch // EVENT_BASED
	Refinement             *hubspot.FilterBranch   // EVENT_BASED
	DatasetID, SubviewID   string                  // DATASET
	Pos                    source.Pos
}

// EnrollmentSchedule is a schedule trigger; decoded, not emulated.
type EnrollmentSchedule struct {
	Type         string
	TimeOfDay    *hubspot.TimeOfDay
	DaysOfWeek   []string
	DaysOfMonth  []string
	Relative     string
	Month        string
	DayOfMonth   int
	DateProperty string
	DaysDelta    int
	Yearly       bool
	Pos          source.Pos
}

// TimeWindow is when actions may execute; decoded, not emulated.
type TimeWindow struct {
	Day        string
	Start, End *hubspot.TimeOfDay
	Pos        source.Pos
}

// BlockedDate is a pause date; decoded, not emulated.
type BlockedDate struct {
	Month            string
	DayOfMonth, Year int
	Pos              source.Pos
}

// DataSource makes an associated record available to tokens.
type DataSource struct {
	Type                string // ASSOCIATION, ASSOCIATION_TIMESTAMP, *_PROPERTY_FILTER
	Name                string
	ObjectTypeID        string
	AssociationCategory string
	AssociationTypeID   int
	PropertyName        string
	StaticValue         string
	RecordFieldName     string // recordFieldName, datasetFieldName or argumentName
	Sort                *Sort
	Pos                 source.Pos
}

// Association is the type of association that the data source follows.
func (d *DataSource) Association() hubspot.AssociationType {
	return hubspot.AssociationType{Category: d.AssociationCategory, ID: d.AssociationTypeID}
}

// Sort orders the candidates of a data source; the first wins.
type Sort struct{ Property, Order, Missing string }

// EventAnchor of a date-centred contact workflow; decoded, not emulated.
type EventAnchor struct {
	Type, ContactProperty, Month string
	DayOfMonth, Year             int
}

// UnEnrollmentSetting says which other workflows a record leaves on enrolling here; decoded, not emulated.
type UnEnrollmentSetting struct {
	Type    string
	FlowIDs []string
}

// Edge is an outgoing edge of an action with the arm it belongs to.
type Edge struct {
	Connection *Connection
	// Arm names the branch: the branch's name or value, the default branch's name, "" for a plain connection.
	Arm string
	// Default tells that this is a branch's default arm.
	Default bool
}

// Edges lists an action's outgoing edges, in the order in which they are tried. Arms without a connection are left out.
func (a *Action) Edges() []Edge {
	var edges []Edge
	add := func(c *Connection, arm string, isDefault bool) {
		if c != nil {
			edges = append(edges, Edge{c, arm, isDefault})
		}
	}
	add(a.Connection, "", false)
	for _, b := range a.ListBranches {
		add(b.Connection, b.Name, false)
	}
	for _, b := range a.StaticBranches {
		add(b.Connection, b.Value, false)
	}
	for i, b := range a.TestBranches {
		add(b.Connection, TestArm(i), false)
	}
	add(a.DefaultBranch, a.DefaultArm(), true)
	return edges
}

// DefaultArm is the default branch's name as steps show it.
func (a *Action) DefaultArm() string {
	if a.DefaultBranchName != "" {
		return a.DefaultBranchName
	}
	return "None met"
}

// TestArm names the arms of a random split: A, B, C, …
func TestArm(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return strconv.Itoa(i + 1)
}

// SortActions orders by numeric id, others after them by text: the canonical order, since array order means nothing.
func SortActions(actions []*Action) {
	sort.SliceStable(actions, func(i, j int) bool { return LessID(actions[i].ID, actions[j].ID) })
}

// LessID compares action ids: numbers by value, before all others.
func LessID(a, b string) bool {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	switch {
	case errX == nil && errY == nil:
		return x < y
	case errX == nil || errY == nil:
		return errX == nil
	default:
		return a < b
	}
}
