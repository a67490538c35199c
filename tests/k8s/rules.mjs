// All rules by name. A rule takes a world (tree.mjs) and returns complaints.
import * as known from './rules/known.mjs';
import * as network from './rules/network.mjs';
import * as objects from './rules/objects.mjs';
import * as pods from './rules/pods.mjs';
import * as scale from './rules/scale.mjs';
import * as settings from './rules/settings.mjs';

export const rules = {...known, ...network, ...objects, ...pods, ...scale, ...settings};
