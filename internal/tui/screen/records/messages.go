package records

import "strings"

// Choices made in dialogs.
type (
	objectMsg  struct{ name string }
	columnsMsg struct{ name string }
)

func join(ids []string) string { return strings.Join(ids, ",") }
