import Glibc

/// A text that a C caller receives and has to free.
typealias OutText = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// The text at `pointer`; nil for NULL and for bytes that are not UTF-8.
func text(_ pointer: UnsafePointer<CChar>?) -> String? {
    guard let pointer = unsafe pointer else { return nil }
    // SAFETY: the header asks for texts that end with NUL and outlive the call.
    return unsafe String(validatingCString: pointer)
}

/// Hands `text` out to a caller who wants it; what follows a NUL is lost.
func hand(_ text: String?, to out: OutText?) {
    guard let out = unsafe out else { return }
    // SAFETY: the header asks for NULL or a place for one pointer.
    unsafe out.pointee = text.flatMap { unsafe strdup($0) }
}
