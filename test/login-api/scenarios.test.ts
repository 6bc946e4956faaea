import { runRegistryScenarios } from '../registry-scenarios.ts';
import { openLoginApi } from './face.ts';

runRegistryScenarios('login API', openLoginApi);
