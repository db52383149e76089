// Package service is what a screen sees of askflow: small interfaces and the data that goes through them. Everything that a
// screen reads, starts or changes goes through here, so that the same screen works over an implementation in the same process
// (service/local) and over any other.
//
// Every method takes a context, may be called from several goroutines, and answers in a time that follows from what was asked
// for and not from how much there is: lists come in pages. Errors are *Error wherever a person can do something about them.
package service

import (
	"context"
	"io"

	"askflow/internal/assistant"
	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/secret"
)

// Services are all of them.
type Services struct {
	Workflows  Workflows
	Assistants Assistants
	Records    Records
	Runs       Runs
	Launcher   Launcher
	Tests      Tests
	Inbox      Inbox
	Account    Account
	Events     Events
}

// Workflows are the portal's workflows and the portal itself.
type Workflows interface {
	// Portal says which portal is open and how it is set up, as its files stand now.
	Portal(ctx context.Context) (*Portal, error)
	// List lists the workflows in the order of their files, with their last runs.
	List(ctx context.Context) ([]*WorkflowItem, error)
	// Workflow reads one, named by its file. A file that cannot be read as a workflow has no Flow, and Problems.
	Workflow(ctx context.Context, file string) (*Workflow, error)
	// Propose works out what changes would make of a file, and checks the result. Nothing is written.
	Propose(ctx context.Context, file string, edits ...Edit) (*Proposal, error)
	// Write writes a proposal as it was shown: a workflow's, or a new file of responses. A file that changed since then is left
	// alone: CodeChanged.
	Write(ctx context.Context, p *Proposal) error
	// Tokens lists the data tokens that an action's text can use: the record's properties, those of associated records, and the
	// outputs of earlier actions. The action "" stands for the end of the workflow.
	Tokens(ctx context.Context, file, actionID string) ([]TokenChoice, error)
}

// Assistants are the portal's assistants, the models, and single questions.
type Assistants interface {
	// List lists the assistants in the order of their files.
	List(ctx context.Context) ([]*assistant.Assistant, error)
	// Models lists the models that can be asked, those the portal or the account does not allow included.
	Models(ctx context.Context) ([]*Model, error)
	// Resolve says what would be sent for these settings, or why nothing would be.
	Resolve(ctx context.Context, s SettingsQuery) (*Resolution, error)
	// Render renders a prompt with a record's data, asking nobody.
	Render(ctx context.Context, t TryRequest) (*Rendered, error)
	// Try renders a prompt and asks it. Nothing is stored, other than by answers that are recorded.
	Try(ctx context.Context, t TryRequest) (*Tried, error)
}

// Records are the portal's records.
type Records interface {
	// Objects lists the object types that have records.
	Objects(ctx context.Context) ([]*ObjectInfo, error)
	// Columns are the properties that the records of an object type carry, in the order of their files.
	Columns(ctx context.Context, objectType string) ([]hubspot.Property, error)
	// Page reads records.
	Page(ctx context.Context, q RecordQuery) (*RecordPage, error)
	// Record reads one record with what it is associated with.
	Record(ctx context.Context, objectType, id string) (*RecordView, error)
	// Explain says for every workflow of the record's object type why it would or would not enroll the record.
	Explain(ctx context.Context, objectType, id string) ([]*Explanation, error)
	// Check looks through all records of an object type for what is wrong with them. It takes as long as there are records.
	Check(ctx context.Context, objectType string) (*RecordCheck, error)
}

// Runs are the stored runs.
type Runs interface {
	// List lists runs, newest first, without settings, flow and inputs.
	List(ctx context.Context, q run.RunQuery) ([]*run.Run, error)
	// Run reads one run, with settings and flow; "last" is the newest.
	Run(ctx context.Context, id string) (*run.Run, error)
	// Briefs lists a run's records, in short.
	Briefs(ctx context.Context, id string, q run.BriefQuery) (run.BriefPage, error)
	// Row reads what one record came to, with every step.
	Row(ctx context.Context, id string, seq int64) (*run.Result, error)
	// Compare lists the records that two runs treated differently.
	Compare(ctx context.Context, q CompareQuery) (*ComparePage, error)
	// Export writes a run's results as the command line does: JSON Lines.
	Export(ctx context.Context, id string, w io.Writer) error
	// Delete removes a run and everything it kept.
	Delete(ctx context.Context, id string) error
}

// Launcher starts runs, which then go on by themselves and are followed through Events.
type Launcher interface {
	// Start returns as soon as the run has an id, or with the reason why it cannot start. The context does not end the run.
	Start(ctx context.Context, r RunRequest) (*Started, error)
	// Cancel interrupts a run that was started here and returns when it has ended. What is done is kept.
	Cancel(ctx context.Context, id string) error
	// Active lists the runs that were started here and go on.
	Active(ctx context.Context) ([]*Progress, error)
	// Plan says what a run would ask and cost.
	Plan(ctx context.Context, r RunRequest) (*run.Plan, error)
}

// Tests are the portal's prompt tests.
type Tests interface {
	// List lists the tests of a workflow, named by its file, in the order of their files; "" lists all of the portal.
	List(ctx context.Context, workflow string) (*TestList, error)
	// Run runs a test, named by its name or file, or all tests of a workflow, named by its file, and returns when that is done or the
	// context ends. The progress, nil for nobody, is told by one goroutine at a time and should return at once. Nothing is stored, and
	// OpenAI is never asked: tests with live or recording answers do not run. Tests that were stopped midway have an Error in the report.
	Run(ctx context.Context, of string, progress func(TestProgress)) (*Tested, error)
}

// Inbox is what the people in the portal would have received.
type Inbox interface {
	// Effects lists notifications, emails and tasks, newest run first.
	Effects(ctx context.Context, q run.EffectQuery) (run.EffectPage, error)
}

// Account is the portal's one OpenAI account.
type Account interface {
	// Status tells what is known, asking nobody.
	Status(ctx context.Context) (*AccountStatus, error)
	// Connect checks a key against OpenAI and keeps it when it works.
	Connect(ctx context.Context, c ConnectRequest) (*Connected, error)
	// Verify checks the connected key again.
	Verify(ctx context.Context) (*Connected, error)
	// Uninstall removes the key from every place that keeps it.
	Uninstall(ctx context.Context) (*Removed, error)
	// Unlock gives the passphrase of the encrypted key file for as long as the program lives, after an error CodePassphrase.
	Unlock(ctx context.Context, passphrase secret.Secret) error
	// Places lists where a key can be kept on this machine.
	Places(ctx context.Context) ([]KeyPlace, error)
}

// Events tell that something happened. They are hints and may be lost or come together; what is stored is the truth.
type Events interface {
	// Subscribe gives events until the context ends, which closes the channel. A slow receiver misses events and slows nobody.
	Subscribe(ctx context.Context) <-chan Event
}
