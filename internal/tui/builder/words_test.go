package builder_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"askflow/internal/service"
	"askflow/internal/tui/builder"
	"askflow/internal/tui/ui"
)

const leads = "workflows/lead-qualification.yaml"

// An end before other actions would leave them without a way to them: it is refused with the reason.
func TestNoEndBeforeOtherActions(t *testing.T) {
	t.Parallel()
	r := demo(t, 100, 30)
	before := r.file(leads)
	r.add(leads, "", "", "").Type("End").See("End ✗", "begins with an action, not with its end").Press("enter").See("New action at the beginning").Press("esc")
	r.add(leads, "qualify", "", "").Type("End").See("End ✗", "would never run").Press("enter").See("New action after qualify").Press("esc")
	if r.file(leads) != before {
		t.Error("the file changed")
	}
}

// Changed triggers are not dropped without a question.
func TestTriggersAreNotLost(t *testing.T) {
	t.Parallel()
	r := demo(t, 100, 30)
	r.open(leads, builder.Triggers).Press("esc").See("the host")
	r.open(leads, builder.Triggers).choose("re-enroll").Press("space", "ctrl+s").Press("esc").See("Not saved", "were changed")
	r.Press("esc").See("Enrollment triggers of").Press("ctrl+c").See("Not saved")
}

// Neither is a form that was filled in.
func TestFormsAreNotLost(t *testing.T) {
	t.Parallel()
	r := demo(t, 100, 30)
	r.open(leads, func(env *ui.Env, wf *service.Workflow) tea.Cmd { return builder.EditFields(env, wf, "qualify") })
	r.Press("tab").Type("Dear").Press("esc").See("is not accepted yet").Press("esc").See("Dear")
	r.Press("ctrl+s").See("+ ").Press("esc").See("Dear").Press("esc").See("is not accepted yet") // after a look at the difference as well
}

// Properties whose change enrolls again are chosen from a list.
func TestReEnrollPropertiesAreChosen(t *testing.T) {
	t.Parallel()
	r := demo(t, 100, 30)
	r.open(leads, builder.Triggers).choose("re-enroll").Press("tab").See("chooses them from a list").Press("ctrl+t").See("First Name (firstname)")
	r.choose("first name").Press("ctrl+t").choose("email").Press("ctrl+s").See("firstname or email changes")
}

// The tree of conditions keeps its order under a filter, and its lines are not mixed with properties' kinds.
func TestTheTreeOfTriggersKeepsItsOrder(t *testing.T) {
	t.Parallel()
	r, _ := faked(t, 100, 30)
	r.open(madeFile, builder.Triggers)
	whole := r.Screen()
	r.Type("and")
	at := -1
	for line := range strings.SplitSeq(r.Screen(), "\n") {
		line = strings.Trim(line, "│ ▸")
		if i := strings.Index(whole, line); strings.Contains(line, "and") && len(line) > 8 && i >= 0 {
			if i < at {
				t.Errorf("%q moved up", line)
			}
			at = i
		}
	}
	r, _ = faked(t, 100, 30)
	r.open(madeFile, builder.Triggers).choose("or when").Type("in a list").See("not a property: a static list").NotSee("string")
}

// What was written into a workflow is no longer chosen for every other one.
func TestWrittenSettingsAreNotChosenAnyMore(t *testing.T) {
	t.Parallel()
	r := demo(t, 100, 30)
	warm := 0.5
	r.open(leads, func(env *ui.Env, wf *service.Workflow) tea.Cmd {
		env.Settings = ui.Settings{Temperature: &warm, MaxCost: "2"}
		return builder.WriteSettings(env, wf, "qualify", env.Settings)
	})
	r.See("+ ", "temperature: 0.5").Press("enter").wrote(leads, "qualify")
	if s := r.host.env.Settings; s != (ui.Settings{MaxCost: "2"}) {
		t.Errorf("%+v is chosen", s)
	}
}
