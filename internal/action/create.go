package action

import (
	"context"
	"fmt"

	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/source"
)

// associationSpec says what a created record is associated with.
type associationSpec struct {
	enrolled bool
	toType   string // COPY_ASSOCIATION: records of that type associated with the enrolled one
	source   hubspot.AssociationType
	typeID   int    // from the new record to the other
	leftOut  string // why this association is not made; "" when it is
}

// associations reads the field "associations" of a creating action. Without entries a new record is associated with the
// enrolled one, unless the export says that the (empty) list is explicit.
func (c *compiler) associations() []associationSpec {
	f := c.r.Object(c.action.Fields, "an action that creates a record")
	var specs []associationSpec
	for _, n := range f.Items("associations") {
		o := c.r.Object(n, "an association")
		target := c.r.Object(o.Get("target"), "the target of an association")
		spec := associationSpec{typeID: target.Int("associationTypeId", 0)}
		v := hubspot.ReadValue(c.r, o.Get("value"), "the value of an association")
		switch {
		case v == nil || v.Type == hubspot.EnrolledObject:
			spec.enrolled = true
		case v.Type == hubspot.CopyAssociation:
			spec.source = v.Source()
			to, ok := spec.source.LeadsTo(c.env.Flow.ObjectType().Name)
			if !ok {
				spec.leftOut = "an association is left out: " + c.leadsNowhere(spec.source)
			}
			spec.toType = to
		default:
			c.r.Warnf(n.Pos, "not_emulated", "", "an association by a value of the type %s is not emulated", string(v.Type))
			continue
		}
		specs = append(specs, spec)
	}
	if len(specs) == 0 && !f.Bool("use_explicit_associations", false) {
		specs = append(specs, associationSpec{enrolled: true})
	}
	return specs
}

// leadsNowhere says why an association is not followed.
func (c *compiler) leadsNowhere(t hubspot.AssociationType) string {
	return fmt.Sprintf("to which object type association type %s leads from a %s is not known here", t, c.env.Flow.ObjectType().Name)
}

// leftOut are warnings about the associations that are not made.
func leftOut(specs []associationSpec) []string {
	var out []string
	for _, spec := range specs {
		if spec.leftOut != "" {
			out = append(out, spec.leftOut)
		}
	}
	return out
}

func associate(s *Scope, specs []associationSpec) []hubspot.Association {
	out := []hubspot.Association{}
	for _, spec := range specs {
		if spec.leftOut != "" {
			continue
		}
		if spec.enrolled {
			rec := s.Record().Record
			out = append(out, hubspot.Association{ObjectType: rec.ObjectType, RecordID: rec.ID, TypeID: spec.typeID})
			continue
		}
		for _, v := range s.Associated(spec.toType, spec.source) {
			out = append(out, hubspot.Association{ObjectType: spec.toType, RecordID: v.Record.ID, TypeID: spec.typeID})
		}
	}
	return out
}

type createTask struct {
	env           *Env
	kind          string
	priority      string
	subject, body *evaluator
	owner         *evaluator
	due           *hubspot.TimeDelay
	specs         []associationSpec
}

func (c *compiler) createTask() Runner {
	f := c.r.Object(c.action.Fields, "create task")
	t := &createTask{env: c.env, kind: f.String("task_type"), priority: f.String("priority"),
		subject: c.text("subject"), body: c.text("body"), specs: c.associations()}
	if t.kind == "" {
		t.kind = "TODO"
	}
	if t.priority == "" {
		t.priority = "NONE"
	}
	if n := c.action.Field("owner_assignment"); n != nil {
		o := c.r.Object(n, "owner_assignment")
		o.Known("type")
		if v := o.Get("value"); v != nil {
			t.owner = c.value(hubspot.ReadValue(c.r, v, "the owner of a task"))
		}
	}
	if n := c.action.Field("due_time"); n != nil {
		t.due = readDue(c.r, n)
	}
	return t
}

// readDue reads due_time: a TimeDelay, also wrapped as a RELATIVE_DATETIME value.
func readDue(r *source.Reader, n *source.Node) *hubspot.TimeDelay {
	if n.Kind == source.Object && n.Get("timeDelay") != nil {
		return hubspot.ReadTimeDelay(r, n.Get("timeDelay"))
	}
	return hubspot.ReadTimeDelay(r, n)
}

func (t *createTask) Run(_ context.Context, s *Scope) run.Outcome {
	subject, err := t.subject.tokenText(s)
	if err != nil {
		return failed(err)
	}
	body, err := t.body.tokenText(s)
	if err != nil {
		return failed(err)
	}
	out := run.Outcome{State: run.Success, Warnings: leftOut(t.specs)}
	due := s.Now()
	if t.due != nil {
		moment, failure := after(due, t.due, t.env.Location)
		if failure != nil {
			return failed(failf(CodeInvalidDate, "", "the due date cannot be computed: %v", failure))
		}
		due = moment
	}
	properties := map[string]string{
		"hs_task_subject": subject, "hs_task_body": body, "hs_task_type": t.kind, "hs_task_priority": t.priority,
		"hs_task_status": "NOT_STARTED", "hs_timestamp": formatMoment(due, hubspot.TypeDatetime),
	}
	if t.owner != nil {
		owner, _, err := t.owner.eval(s)
		if err != nil {
			return failed(err)
		}
		if owner != "" {
			properties["hubspot_owner_id"] = owner
			if _, known := findUser(t.env.Users, func(u *hubspot.User) bool { return u.OwnerID == owner }); !known {
				out.Warnings = append(out.Warnings, "no user in portal.yaml has the owner id "+shorten(owner, 40))
			}
		} else {
			out.Warnings = append(out.Warnings, "the task is assigned to nobody: "+t.owner.describe()+" is empty")
		}
	}
	out.Effects = []run.Effect{{Type: run.EffectTask, RecordID: s.NextID(0), Properties: properties, Associations: associate(s, t.specs)}}
	return out
}

type createRecord struct {
	env        *Env
	objectType hubspot.ObjectType
	properties []targetProperty
	specs      []associationSpec
}

type targetProperty struct {
	name  string
	value *evaluator
}

func (c *compiler) createRecord() Runner {
	f := c.r.Object(c.action.Fields, "create record")
	a := &createRecord{env: c.env, specs: c.associations()}
	id := f.Need("object_type_id")
	t, ok := hubspot.LookupObjectType(id)
	if !ok && id != "" {
		return skipped{fmt.Sprintf("the object type %s of the new record is not known here", shorten(id, 40))}
	}
	a.objectType = t
	for _, n := range f.Items("properties") {
		o := c.r.Object(n, "a property of the new record")
		p := targetProperty{name: o.Need("targetProperty")}
		if v := o.Get("value"); v != nil {
			p.value = c.value(hubspot.ReadValue(c.r, v, "value"))
		}
		if p.value != nil {
			a.properties = append(a.properties, p)
		}
	}
	return a
}

func (a *createRecord) Run(_ context.Context, s *Scope) run.Outcome {
	properties := map[string]string{}
	blank := s.View(hubspot.NewRecordFromMap(a.objectType.Name, s.NextID(0), nil))
	for _, tp := range a.properties {
		p, err := a.property(tp.name)
		v := ""
		if err == nil {
			v, err = tp.value.assign(s, blank, p)
		}
		if err == nil {
			err = CheckValue(p, v)
		}
		if err != nil {
			return failed(err)
		}
		if v != "" {
			properties[tp.name] = v
		}
	}
	return run.Outcome{State: run.Success, Warnings: leftOut(a.specs), Effects: []run.Effect{{Type: run.EffectRecord, ObjectType: a.objectType.Name,
		RecordID: blank.Record.ID, Properties: properties, Associations: associate(s, a.specs)}}}
}

// property finds one of the new record's properties. Of an object type without any known one, every name is taken.
func (a *createRecord) property(name string) (hubspot.Property, *run.Error) {
	schema := a.env.Schema.Of(a.objectType.Name)
	if len(schema.Names()) == 0 {
		return hubspot.Property{Name: name, Type: hubspot.TypeString}, nil
	}
	return settable(schema, a.objectType.Name, name)
}
