package flow

import (
	"askflow/internal/source"
)

// OpenAIAction maps Ask OpenAI Assistant onto an action type. HubSpot has not published the type id, the field keys or
// the output key of its action, so portal.yaml can override every one of them (openai_action:).
type OpenAIAction struct {
	TypeID  string
	Version int
	// Field keys inside "fields".
	Assistant, Prompt, Model, Temperature, ReasoningEffort string
	// Output is the output's data key; its label is "Response".
	Output string
}

// DefaultOpenAIAction is the mapping used where portal.yaml has none.
func DefaultOpenAIAction() OpenAIAction {
	return OpenAIAction{TypeID: "1-900001", Version: 1, Assistant: "assistant", Prompt: "prompt", Model: "model",
		Temperature: "temperature", ReasoningEffort: "reasoning_effort", Output: "response"}
}

// ExecutionState is the output every action offers: SUCCESS or FAIL_CONTINUE.
const ExecutionState = "hs_execution_state"

// Type ids of the emulated actions.
const (
	TypeDelay         = "0-1"
	TypeDelayUntil    = "0-35"
	TypeCreateTask    = "0-3"
	TypeSetProperty   = "0-5"
	TypeInternalEmail = "0-8"
	TypeNotification  = "0-9"
	TypeCreateRecord  = "0-14"
)

// Kind describes an action type.
type Kind struct {
	TypeID string
	// YAML is the action's name in the short form, "" when it has none there.
	YAML  string
	Label string
	// Fields are the keys under "fields" that are known, in canonical order.
	Fields []string
	// Outputs are the data keys later actions may use, without hs_execution_state, which every action has.
	Outputs []string
	// Emulated actions run; the others are SKIPPED with WhyNot.
	Emulated bool
	WhyNot   string
}

// Kinds is the table of action types, Ask OpenAI Assistant mapped as the portal says.
type Kinds struct {
	OpenAI OpenAIAction
	byID   map[string]Kind
}

// NewKinds builds the table.
func NewKinds(openAI OpenAIAction) *Kinds {
	k := &Kinds{OpenAI: openAI, byID: map[string]Kind{}}
	for _, kind := range staticKinds {
		k.byID[kind.TypeID] = kind
	}
	k.byID[openAI.TypeID] = Kind{
		TypeID: openAI.TypeID, YAML: "ask_openai_assistant", Label: "Ask OpenAI Assistant", Emulated: true,
		Fields:  []string{openAI.Assistant, openAI.Prompt, openAI.Model, openAI.Temperature, openAI.ReasoningEffort},
		Outputs: []string{openAI.Output},
	}
	return k
}

// Lookup finds a type id; an unknown one gets a Kind that is not emulated.
func (k *Kinds) Lookup(typeID string) (Kind, bool) {
	kind, ok := k.byID[typeID]
	if !ok {
		kind = Kind{TypeID: typeID, Label: "Action " + typeID, WhyNot: "the action type " + typeID + " is not known to askflow"}
	}
	return kind, ok
}

// Of describes an action of a flow, branches included.
func (k *Kinds) Of(a *Action) Kind {
	if a.Type == SingleConnection {
		kind, _ := k.Lookup(a.TypeID)
		return kind
	}
	switch a.Type {
	case ListBranchType:
		return Kind{TypeID: string(a.Type), Label: "If/then branch", Emulated: true}
	case StaticBranchType:
		return Kind{TypeID: string(a.Type), Label: "Value equals branch", Emulated: true}
	case ABTestBranch:
		return Kind{TypeID: string(a.Type), Label: "Random split", Emulated: true}
	case CustomCodeType:
		kind := Kind{TypeID: string(a.Type), Label: "Custom code", WhyNot: "custom code is not executed"}
		for _, o := range a.Code.OutputFields {
			kind.Outputs = append(kind.Outputs, o.Name)
		}
		return kind
	case WebhookType:
		return Kind{TypeID: string(a.Type), Label: "Send a webhook", WhyNot: "webhooks are not sent"}
	default:
		return Kind{TypeID: string(a.Type), Label: string(a.Type), WhyNot: "the action type " + string(a.Type) + " is not known to askflow"}
	}
}

// IsOpenAI tells whether an action asks OpenAI.
func (k *Kinds) IsOpenAI(a *Action) bool {
	return a.Type == SingleConnection && a.TypeID == k.OpenAI.TypeID
}

// Field returns a field of a SINGLE_CONNECTION action, nil when it is absent or null.
func (a *Action) Field(name string) *source.Node {
	v := a.Fields.Get(name)
	if v == nil || v.Kind == source.Null {
		return nil
	}
	return v
}

var staticKinds = []Kind{
	{TypeID: TypeDelay, YAML: "delay", Label: "Delay for a set amount of time", Fields: []string{"delta", "time_unit"}, Emulated: true},
	{TypeID: TypeDelayUntil, YAML: "delay_until", Label: "Delay until a date", Fields: []string{"date", "delta", "time_unit", "time_of_day"}, Emulated: true},
	{TypeID: TypeCreateTask, YAML: "create_task", Label: "Create task", Fields: []string{"task_type", "subject", "body", "priority", "associations", "use_explicit_associations", "owner_assignment", "due_time"}, Emulated: true},
	{TypeID: TypeSetProperty, YAML: "set_property", Label: "Edit record", Fields: []string{"property_name", "value", "association"}, Emulated: true},
	{TypeID: TypeInternalEmail, YAML: "send_internal_email", Label: "Send internal email notification", Fields: []string{"subject", "body", "user_ids", "team_ids", "owner_properties"}, Emulated: true},
	{TypeID: TypeNotification, YAML: "notify", Label: "Send in-app notification", Fields: []string{"user_ids", "team_ids", "owner_properties", "delivery_method", "subject", "body"}, Emulated: true},
	{TypeID: TypeCreateRecord, YAML: "create_record", Label: "Create record", Fields: []string{"object_type_id", "properties", "associations", "use_explicit_associations"}, Emulated: true, Outputs: nil},

	{TypeID: "0-29", Label: "Delay until an event occurs", Outputs: []string{"hs_event_criteria_met"}, WhyNot: "events do not occur in a rehearsal"},
	{TypeID: "0-4", Label: "Send automated marketing email", WhyNot: "marketing emails are not sent"},
	{TypeID: "0-11", Label: "Rotate record to owner", WhyNot: "owner rotation is not emulated"},
	{TypeID: "0-13", Label: "Add to or remove from static list (legacy)", WhyNot: "list membership is not changed"},
	{TypeID: "0-15", Label: "Go to workflow", WhyNot: "other workflows are not entered"},
	{TypeID: "0-18", Label: "Set Salesforce campaign", WhyNot: "Salesforce is not emulated"},
	{TypeID: "0-23", Label: "Send marketing email to addresses", WhyNot: "marketing emails are not sent"},
	{TypeID: "0-25", Label: "Copy owner from associated record", WhyNot: "field reports disagree on what this type id does"},
	{TypeID: "0-31", Label: "Set marketing contact status", WhyNot: "marketing status is not emulated"},
	{TypeID: "0-33", Label: "Format data", WhyNot: "the formula language of Format data is not emulated"},
	{TypeID: "0-63809083", Label: "Add to static list", WhyNot: "list membership is not changed"},
	{TypeID: "0-63863438", Label: "Remove from static list", WhyNot: "list membership is not changed"},
	{TypeID: "0-63189541", Label: "Create associations", WhyNot: "matching records by property is not emulated"},
	{TypeID: "0-61139476", Label: "Remove association labels", WhyNot: "association labels are not emulated"},
	{TypeID: "0-61139484", Label: "Update association labels", WhyNot: "association labels are not emulated"},
	{TypeID: "0-43347357", Label: "Manage communication subscription", WhyNot: "subscriptions to communication are not emulated"},
	{TypeID: "0-46510720", Label: "Enroll in sequence", WhyNot: "sequences are not emulated"},
	{TypeID: "0-4702372", Label: "Unenroll from sequence", WhyNot: "sequences are not emulated"},
	{TypeID: "0-169425243", Label: "Create note", WhyNot: "notes are not emulated"},
	{TypeID: "0-18224765", Label: "Delete record", WhyNot: "records are not deleted in a rehearsal"},
	{TypeID: "0-25085031", Label: "Send marketing email", WhyNot: "marketing emails are not sent"},
	{TypeID: "0-225935194", Label: "Validate phone number", WhyNot: "phone validation is not emulated"},
	{TypeID: "0-177946906", Label: "Enrich record", WhyNot: "HubSpot's own AI actions are not emulated"},
	{TypeID: "0-195318603", Label: "Summarize record", WhyNot: "HubSpot's own AI actions are not emulated"},
	{TypeID: "0-207702619", Label: "Company research", WhyNot: "HubSpot's own AI actions are not emulated"},
	{TypeID: "0-216647524", Label: "Data agent: research", WhyNot: "HubSpot's own AI actions are not emulated"},
	{TypeID: "0-172351286", Label: "Data agent: custom prompt", WhyNot: "HubSpot's own AI actions are not emulated"},
	{TypeID: "0-201091202", Label: "Fill smart property", WhyNot: "HubSpot's own AI actions are not emulated"},
	{TypeID: "1-67", Label: "Zoom: add to webinar", WhyNot: "other apps' actions are not executed"},
	{TypeID: "1-179507819", Label: "Slack: send notification", WhyNot: "other apps' actions are not executed"},
	{TypeID: "1-100451", Label: "Asana: create task", WhyNot: "other apps' actions are not executed"},
	{TypeID: "1-2825058", Label: "Trello: create card", WhyNot: "other apps' actions are not executed"},
	{TypeID: "1-2796901", Label: "Google Sheets: add row", WhyNot: "other apps' actions are not executed"},
}
