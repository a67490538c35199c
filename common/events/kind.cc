#include "common/events/kind.h"

#include "firstfloor/events/v1/event.pb.h"

namespace firstfloor::events {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;

const FieldDescriptor* FieldIn(const Message& message, const OneofDescriptor* oneof) {
  return message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
}

const FieldDescriptor* PayloadField(const v1::Event& event) {
  return FieldIn(event, v1::Event::descriptor()->FindOneofByName("payload"));
}

}  // namespace

std::string PayloadOf(const v1::Event& event) {
  const FieldDescriptor* field = PayloadField(event);
  return field == nullptr ? "" : field->name();
}

std::string KindOf(const v1::Event& event) {
  const FieldDescriptor* field = PayloadField(event);
  if (field == nullptr) return "";
  const Message& payload = event.GetReflection()->GetMessage(event, field);
  const OneofDescriptor* changes = payload.GetDescriptor()->FindOneofByName("change");
  if (changes == nullptr) return payload.GetDescriptor()->full_name();
  const FieldDescriptor* change = FieldIn(payload, changes);
  return change == nullptr ? "" : change->message_type()->full_name();
}

}  // namespace firstfloor::events
