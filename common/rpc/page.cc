#include "common/rpc/page.h"

#include <algorithm>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/error/error.h"
#include "common/error/macros.h"
#include "common/privacy/keyring.h"
#include "common/rpc/canonical.h"

namespace firstfloor::rpc {
namespace {

constexpr int kDefaultSize = 50;
constexpr int kLargestSize = 1000;
constexpr char kContext[] = "page_token";

}  // namespace

absl::StatusOr<Page> PageOf(const google::protobuf::Message& request, const privacy::Keyring& keyring) {
  const auto* type = request.GetDescriptor();
  const auto* size_field = type->FindFieldByName("page_size");
  const auto* token_field = type->FindFieldByName("page_token");
  const auto* reflection = request.GetReflection();
  Page page;
  const int size = reflection->GetInt32(request, size_field);
  if (size < 0) return error::InvalidField("page_size", "must not be negative");
  page.size = size == 0 ? kDefaultSize : std::min(size, kLargestSize);
  const std::string token = reflection->GetString(request, token_field);

  const std::unique_ptr<google::protobuf::Message> arguments(request.New());
  arguments->CopyFrom(request);
  reflection->ClearField(arguments.get(), size_field);
  reflection->ClearField(arguments.get(), token_field);
  page.arguments = keyring.BlindIndex(type->full_name(), Canonical(*arguments));

  if (token.empty()) return page;
  std::string sealed;
  const absl::Status altered = error::InvalidField("page_token", "is not a token of this list");
  if (!absl::WebSafeBase64Unescape(token, &sealed)) return altered;
  absl::StatusOr<std::string> after = keyring.Open(sealed, absl::StrCat(kContext, page.arguments));
  if (!after.ok()) return altered;
  page.after = *std::move(after);
  return page;
}

std::string NextToken(const Page& page, absl::string_view last, const privacy::Keyring& keyring) {
  return absl::WebSafeBase64Escape(keyring.Seal(last, absl::StrCat(kContext, page.arguments)));
}

}  // namespace firstfloor::rpc
