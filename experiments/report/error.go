package report

// ErrorSchema names the JSON format of an Error.
const ErrorSchema = "trtnas.error/1"

// Error is why there is no answer.
type Error struct {
	Schema string `json:"schema"`
	Error  string `json:"error"`               // what happened, where, and what to do
	Exit   int    `json:"exit_code,omitempty"` // of the command; the dashboard's requests have none
}

// NewError tells of an error that ends a command with the exit code; 0 is none.
func NewError(message string, exit int) Error { return Error{ErrorSchema, message, exit} }
