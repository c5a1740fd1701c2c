#pragma once

// The member table by name.

#include "runtime/native/members.h"

namespace ml::native {

struct MemberRef {
  PyObject_HEAD PyObject* name;
  const Member* rows[kReceivers];  // nullptr where the receiver has no such member
};

PyObject* member_refs();  // borrowed dict: name -> MemberRef
MemberRows receiver_rows(Receiver receiver, int part);
inline constexpr int kParts = 2;  // tables per receiver

int make_member_refs();

}  // namespace ml::native
