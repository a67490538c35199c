// Receipt codes: say it, print it, text it; whoever holds it sees how the opinion goes.
#ifndef FIRSTFLOOR_SERVICES_OPINION_RECEIPT_H_
#define FIRSTFLOOR_SERVICES_OPINION_RECEIPT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace firstfloor::privacy {
class Keyring;
}

namespace firstfloor::opinion::receipt {

// A new random code such as "K7PM-3QXA-9FTR-V2": 68 bits in letters and digits without those that are
// confused when read aloud or written (0 O, 1 I L, U).
std::string NewCode();

// By what a code is found; the same however it was typed (case, hyphens, blanks).
std::string IndexOf(absl::string_view code, const privacy::Keyring& keyring);

}  // namespace firstfloor::opinion::receipt

#endif  // FIRSTFLOOR_SERVICES_OPINION_RECEIPT_H_
