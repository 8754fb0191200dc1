package inspect

// Why bytes or exchanges pass without being understood. These are label values and log fields.
const (
	BypassFraming   = "framing_error"     // the stream can't be framed: the rest of the session is opaque
	BypassTooLarge  = "over_inspect"      // the message is longer than the limit of inspection: its prefix was looked at
	BypassUnknown   = "unknown_message"   // a message type that the decoder doesn't know
	BypassStatement = "unknown_statement" // an execution of a statement whose text isn't known
	BypassEncrypted = "encrypted"         // the transport was upgraded by the server
)

// Bypasses lists the reasons.
func Bypasses() []string {
	return []string{BypassFraming, BypassTooLarge, BypassUnknown, BypassStatement, BypassEncrypted}
}
