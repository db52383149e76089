package workflows

import (
	"askflow/internal/tui/keymap"
)

// Keys are the actions of this place.
func Keys() []keymap.Spec {
	return []keymap.Spec{
		{ID: "workflows.open", Keys: []string{"enter"}, Short: "open", Help: "Open the workflow, or the card under the cursor"},
		{ID: "workflows.fix", Keys: []string{"enter"}, Short: "fix", Help: "Open the file in $EDITOR at the problem under the cursor"},
		{ID: "workflows.run", Keys: []string{"r"}, Short: "run", Help: "Run the workflow at once, with what is chosen for the next run"},
		{ID: "workflows.options", Keys: []string{"R"}, Short: "run with …", Help: "Choose which records, answers, budget and clock, then run"},
		{ID: "workflows.plan", Keys: []string{"p"}, Short: "plan", Help: "Say what a run would ask and cost, asking nobody"},
		{ID: "workflows.test", Keys: []string{"t"}, Short: "test", Help: "Run the prompt tests of the workflow, asking nobody"},
		{ID: "workflows.case", Keys: []string{"enter"}, Short: "look", Help: "Look at the case, or the test, under the cursor"},
		{ID: "workflows.again", Keys: []string{"r", "t"}, Short: "test again", Help: "Run the tests again"},
		{ID: "workflows.passed", Keys: []string{"a"}, Short: "passed too", Help: "Show the cases that passed, too"},
		{ID: "workflows.failed", Keys: []string{"a"}, Short: "failed only", Help: "Hide the cases that passed"},
		{ID: "workflows.testfile", Keys: []string{"e", "o"}, Short: "edit", Help: "Open the test's file in $EDITOR, at the expectation or the case under the cursor"},
		{ID: "workflows.connect", Keys: []string{"c"}, Short: "connect", Help: "Connect an OpenAI account, which live answers need"},
		{ID: "workflows.edit", Keys: []string{"e"}, Short: "edit", Help: "Open the file in $EDITOR, at the card under the cursor"},
		{ID: "workflows.fields", Keys: []string{"o"}, Short: "fields", Help: "Change the fields of the card in a form"},
		{ID: "workflows.add", Keys: []string{"a"}, Short: "add", Help: "Add an action after the card under the cursor, or in one of its arms"},
		{ID: "workflows.remove", Keys: []string{"x"}, Short: "remove", Help: "Remove the action under the cursor"},
		{ID: "workflows.triggers", Keys: []string{"E"}, Short: "triggers", Help: "Change the enrollment triggers"},
		{ID: "workflows.settings", Keys: []string{"s"}, Short: "settings", Help: "Try other settings for the asking action, in Assistant"},
		{ID: "workflows.write", Keys: []string{"w"}, Short: "write settings", Help: "Write what is chosen for the next run into the asking action"},
		{ID: "workflows.problems", Keys: []string{"P"}, Short: "problems", Help: "List what checking found in the workflow, or in the whole portal"},
		{ID: "workflows.runs", Keys: []string{"L"}, Short: "last run", Help: "Go to the newest run of the workflow"},
		{ID: "workflows.new", Keys: []string{"n"}, Short: "new", Help: "Make a new workflow"},
		{ID: "workflows.copy", Keys: []string{"y"}, Short: "copy token", Help: "Copy the data token of the action's output"},
		{ID: "workflows.nextpath", Keys: []string{"."}, Short: "next path", Help: "Light the path of the run's next record", Quiet: true},
		{ID: "workflows.prevpath", Keys: []string{","}, Short: "path before", Help: "Light the path of the run's record before", Quiet: true},
	}
}
