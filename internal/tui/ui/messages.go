package ui

import (
	"askflow/internal/service"
)

// What places send each other with GoTo.
type (
	// ShowWorkflow opens a workflow, at an action when one is named. With a Run, the path of the record at place Seq of its input
	// is lit; otherwise that of a record of the newest run.
	ShowWorkflow struct {
		File, ActionID string
		Run            string
		Seq            int64
	}
	// ShowRecord opens a record.
	ShowRecord struct{ ObjectType, ID string }
	// ShowRun opens a run. With Row, the record at place Seq of its input; with Action, that step of it.
	ShowRun struct {
		ID     string
		Row    bool
		Seq    int64
		Action string
	}
	// ShowAssistant opens an assistant; with a File, the settings of that workflow's asking action Step.
	ShowAssistant struct{ Assistant, File, Step string }
	// ConnectAccount asks for a key; afterwards the frame goes back to the place Return.
	ConnectAccount struct{ Return Place }
)

// LaunchMsg asks the frame to start a run with Env.Settings where the request leaves a choice open, and to show it.
type LaunchMsg struct {
	Request service.RunRequest
	// Decided tells that answers and budget are as the request says, also where it leaves them empty.
	Decided bool
}
